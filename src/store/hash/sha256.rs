//! SHA-256 of messages whose number of blocks is a constant. For short messages this takes a third less time than the
//! streaming interface, which buffers its input and finds its length at run time.

use sha2::block_api::compress256;

/// FIPS 180-4, section 5.3.3.
pub(super) const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// FIPS 180-4, section 4.2.2.
#[rustfmt::skip]
pub(super) const ROUND_CONSTANTS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// A SHA-256 hash.
pub(super) type Hash = [u8; 32];

/// A padded message of `BLOCKS` blocks of 64 bytes.
pub(super) type Message<const BLOCKS: usize> = [[u8; 64]; BLOCKS];

/// Returns `tag`, `head` and `body` as a message, which must take `BLOCKS` blocks.
#[inline]
pub(super) fn message<const BLOCKS: usize>(tag: u8, head: &[u8], body: &[u8]) -> Message<BLOCKS> {
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
    blocks
}

/// Returns the SHA-256 of a message.
#[inline]
pub(super) fn sha256<const BLOCKS: usize>(message: &Message<BLOCKS>) -> Hash {
    let mut state = INITIAL_STATE;
    compress256(&mut state, message);
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

    fn plain(tag: u8, head: &[u8], body: &[u8]) -> Hash {
        Sha256::new().chain_update([tag]).chain_update(head).chain_update(body).finalize().into()
    }

    proptest::proptest! {
        #[test]
        fn a_message_has_the_hash_of_its_parts(tag: u8, head: [u8; 24], body: [u8; 32], chunk: [u8; 512]) {
            proptest::prop_assert_eq!(sha256(&message::<1>(tag, &head[..1], &body)), plain(tag, &head[..1], &body));
            proptest::prop_assert_eq!(sha256(&message::<2>(tag, &body, &body)), plain(tag, &body, &body));
            proptest::prop_assert_eq!(sha256(&message::<9>(tag, &head, &chunk)), plain(tag, &head, &chunk));
        }
    }
}
