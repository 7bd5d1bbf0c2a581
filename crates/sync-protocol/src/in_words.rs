//! A time to wait as people say it, so that no sentence says another time than the number beside it.

/// `4 minutes and 59 seconds`. From an hour on in minutes, rounded up, so that nobody comes too early.
pub fn in_words(seconds: u64) -> String {
    const HOUR: u64 = 60 * 60;
    if seconds < HOUR {
        return joined((seconds / 60, "minute"), (seconds % 60, "second"));
    }
    let minutes = seconds.div_ceil(60);
    joined((minutes / 60, "hour"), (minutes % 60, "minute"))
}

fn joined(larger: (u64, &str), smaller: (u64, &str)) -> String {
    let plural = |(n, unit): (u64, &str)| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    match (larger.0, smaller.0) {
        (0, _) => plural(smaller),
        (_, 0) => plural(larger),
        _ => format!("{} and {}", plural(larger), plural(smaller)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_words() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (61, "1 minute and 1 second"),
            (300, "5 minutes"),
            (3_599, "59 minutes and 59 seconds"),
            (3_600, "1 hour"),
            (3_601, "1 hour and 1 minute"),
            (86_341, "24 hours"),
        ] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
