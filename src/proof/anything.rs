//! Verifying whatever bytes there are, for a fuzzer.

use super::Verifier;
use super::format::{FORMAT, MAGIC};
use crate::store::codec::Writer;

/// Verifies bytes as they are, and with all that a proof has around them, and reads whatever they prove.
pub(crate) fn verify_anything(bytes: &[u8]) {
    let sealed = Writer::new().raw(MAGIC).u8(FORMAT).raw(bytes).seal(MAGIC);
    for proof in [bytes, &sealed] {
        // That nothing panics is all that is asked.
        if let Ok(proven) = Verifier::new().verify(proof) {
            proven.pages.iter().for_each(|page| _ = page.content());
            proven.ranges.iter().for_each(|range| _ = (range.is_zero(), range.content()));
        }
    }
}
