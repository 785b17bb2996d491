//! SHA-256 of messages whose number of blocks is a constant. For short messages this takes a third less time than the
//! streaming interface, which buffers its input and finds its length at run time.

use sha2::block_api::compress256;

/// FIPS 180-4, section 5.3.3.
const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// Returns the SHA-256 of `tag`, `head` and `body`, which have a padded length of `BLOCKS` blocks of 64 bytes.
pub(super) fn sha256<const BLOCKS: usize>(tag: u8, head: &[u8], body: &[u8]) -> [u8; 32] {
    let mut blocks = [[0; 64]; BLOCKS];
    let message = blocks.as_flattened_mut();
    let (before_body, length) = (1 + head.len(), 1 + head.len() + body.len());
    debug_assert_eq!((length + 9).div_ceil(64), BLOCKS, "the padding bit and the length take nine bytes");
    message[0] = tag;
    message[1..before_body].copy_from_slice(head);
    message[before_body..length].copy_from_slice(body);
    message[length] = 0x80;
    let bits = 8 * length as u64;
    message[64 * BLOCKS - 8..].copy_from_slice(&bits.to_be_bytes());
    let mut state = INITIAL_STATE;
    compress256(&mut state, &blocks);
    let mut hash = [0; 32];
    for (bytes, word) in hash.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    hash
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    proptest::proptest! {
        #[test]
        fn a_padded_message_has_the_hash_of_its_parts(tag: u8, head: [u8; 24], body: [u8; 32], chunk: [u8; 512]) {
            let plain = |head: &[u8], body: &[u8]| -> [u8; 32] {
                Sha256::new().chain_update([tag]).chain_update(head).chain_update(body).finalize().into()
            };
            proptest::prop_assert_eq!(sha256::<1>(tag, &head[..1], &body), plain(&head[..1], &body));
            proptest::prop_assert_eq!(sha256::<2>(tag, &body, &body), plain(&body, &body));
            proptest::prop_assert_eq!(sha256::<9>(tag, &head, &chunk), plain(&head, &chunk));
        }
    }
}
