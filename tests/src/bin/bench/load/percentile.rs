//! What most of many figures keep within.

/// So many of a hundred figures are no larger.
pub(super) fn percentile(figures: &mut [f64], of_hundred: usize) -> f64 {
    figures.sort_by(f64::total_cmp);
    let last = figures.len().saturating_sub(1);
    figures
        .get(last * of_hundred / 100)
        .copied()
        .unwrap_or(f64::NAN)
}
