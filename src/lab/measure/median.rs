//! Medians.

/// The middle sample, or the mean of the middle two. NaN if there is none.
pub fn median(samples: &[f64]) -> f64 {
    median_in_place(&mut samples.to_vec())
}

pub(super) fn median_in_place(samples: &mut [f64]) -> f64 {
    let count = samples.len();
    if count == 0 {
        return f64::NAN;
    }
    let (below, &mut upper, _) = samples.select_nth_unstable_by(count / 2, f64::total_cmp);
    match count % 2 {
        1 => upper,
        _ => (below.iter().copied().fold(f64::NEG_INFINITY, f64::max) + upper) / 2.0,
    }
}
