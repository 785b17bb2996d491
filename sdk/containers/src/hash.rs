//! The hashes of keys.

/// Returns the hash of bytes: SipHash-1-3 with a key of zeros, as `DefaultHasher::new()` of std computes it.
#[inline]
pub fn hash(bytes: &[u8]) -> u64 {
    let mut state = State::new();
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|word| state.absorb(u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    last[7] = bytes.len() as u8;
    state.absorb(u64::from_le_bytes(last));
    state.finish()
}

/// Returns the hash of an integer of up to 64 bits, extended to 64 with zeros or its sign: a bijection, so no two have the same.
///
/// ```text
/// x ^= x >> 32;  x *= 0xd6e8feb86659fd93;  x ^= x >> 32;  x *= 0xd6e8feb86659fd93;  x ^= x >> 32
/// ```
#[inline]
pub const fn hash_integer(value: u64) -> u64 {
    const FACTOR: u64 = 0xd6e8_feb8_6659_fd93;
    let value = (value ^ value >> 32).wrapping_mul(FACTOR);
    let value = (value ^ value >> 32).wrapping_mul(FACTOR);
    value ^ value >> 32
}

struct State([u64; 4]);

impl State {
    #[inline]
    const fn new() -> Self {
        Self([0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573])
    }

    #[inline]
    fn absorb(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.0[0] ^= word;
    }

    #[inline]
    fn finish(mut self) -> u64 {
        self.0[2] ^= 0xff;
        (0..3).for_each(|_| self.round());
        let [a, b, c, d] = self.0;
        a ^ b ^ c ^ d
    }

    #[inline]
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.0;
        a = a.wrapping_add(b);
        c = c.wrapping_add(d);
        b = b.rotate_left(13) ^ a;
        d = d.rotate_left(16) ^ c;
        a = a.rotate_left(32);
        c = c.wrapping_add(b);
        a = a.wrapping_add(d);
        b = b.rotate_left(17) ^ c;
        d = d.rotate_left(21) ^ a;
        c = c.rotate_left(32);
        self.0 = [a, b, c, d];
    }
}

#[cfg(test)]
mod tests {
    use core::hash::Hasher;
    use std::hash::DefaultHasher;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_hash_is_that_of_std() {
        let bytes: Vec<u8> = (0..if cfg!(miri) { 40 } else { 300_u32 }).map(|it| (it * 7) as u8).collect();
        for length in 0..=bytes.len() {
            let mut hasher = DefaultHasher::new();
            hasher.write(&bytes[..length]);
            assert_eq!(hash(&bytes[..length]), hasher.finish(), "{length} bytes");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "slow, and nothing unsafe")]
    fn the_hash_of_an_integer_spreads_all_of_its_bits() {
        // Each bit of the integer changes about half of the bits of the hash, of the highest byte and of the lowest.
        for bit in 0..64 {
            let mut changed = [0; 64];
            for value in 0..1_000_u64 {
                let value = hash(&value.to_le_bytes());
                let difference = hash_integer(value) ^ hash_integer(value ^ 1 << bit);
                (0..64).for_each(|bit| changed[bit] += difference >> bit & 1);
            }
            assert!(changed.iter().all(|&it| (350..650).contains(&it)), "{bit}: {changed:?}");
        }
    }
}
