//! Rounds averages to hundredths for display. Pure.

/// The mean of these values; `None` where there are none.
pub(super) fn mean(values: impl IntoIterator<Item = u8>) -> Option<f64> {
    let values: Vec<f64> = values.into_iter().map(f64::from).collect();
    let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
    (count > 0).then(|| hundredths(values.iter().sum::<f64>() / f64::from(count)))
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_of_what_is_there() {
        for (values, expected) in [
            (vec![], None),
            (vec![0], Some(0.0)),
            (vec![1, 2, 2], Some(1.67)),
            (vec![10, 9], Some(9.5)),
        ] {
            assert_eq!(mean(values.clone()), expected, "{values:?}");
        }
    }
}
