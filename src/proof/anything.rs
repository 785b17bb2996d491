//! Verification of arbitrary bytes, for the fuzzer.

use super::Verifier;
use super::format::{FORMAT, MAGIC};
use crate::store::codec::Writer;

/// Verifies bytes as a whole proof and as the body of a proof with a correct head and checksum. Reads all content that they prove.
pub(crate) fn verify_anything(bytes: &[u8]) {
    let sealed = Writer::new().raw(MAGIC).u8(FORMAT).raw(bytes).seal(MAGIC);
    for proof in [bytes, &sealed] {
        // The results do not matter: the fuzzer looks for panics only.
        if let Ok(proven) = Verifier::new().verify(proof) {
            proven.pages.iter().for_each(|page| _ = page.content());
            proven.ranges.iter().for_each(|range| _ = (range.is_zero(), range.content()));
        }
    }
}
