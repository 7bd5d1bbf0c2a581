//! Whatever an answer's headers hold, a wait is at least a second and at most a day.

use std::time::UNIX_EPOCH;

use proptest::prelude::*;
use reqwest::header::HeaderValue;

use super::*;

/// Texts near those that are understood, and any others.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    const DAY: &str = "(Mon|Thu|Thursday|Xyz)";
    const TIME: &str = "[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}";
    let near = [
        "[ \t]{0,2}[+-]?[0-9]{1,30}(\\.[0-9])?[ \t]{0,2}".to_owned(),
        format!("{DAY}, [0-9]{{1,2}} (Nov|Feb|Now) [0-9]{{1,6}} {TIME} (GMT|UTC)"),
        format!("{DAY}, [0-9]{{2}}-Nov-[0-9]{{2}} {TIME} GMT"),
        format!("{DAY} Nov [0-9 ]{{2}} {TIME} [0-9]{{4}}"),
    ];
    let near = prop::sample::select(near.to_vec())
        .prop_flat_map(|form| proptest::string::string_regex(&form).expect("forms are regular"))
        .prop_map(String::into_bytes);
    prop_oneof![3 => near, 1 => prop::collection::vec(any::<u8>(), 0..60)]
}

proptest! {
    #[test]
    fn a_wait_is_at_least_a_second_and_at_most_a_day(
        asked in any_text(), date in prop::option::of(any_text()), now in 0_u64..10_000_000_000,
    ) {
        let mut headers = HeaderMap::new();
        for (name, text) in [(RETRY_AFTER, Some(asked)), (DATE, date)] {
            if let Some(value) = text.and_then(|text| HeaderValue::from_bytes(&text).ok()) {
                headers.insert(name, value);
            }
        }
        if let Some(wait) = at(&headers, UNIX_EPOCH + Duration::from_secs(now)) {
            prop_assert!((1..=A_DAY).contains(&wait.as_secs()));
        }
    }

    #[test]
    fn a_wait_in_seconds_is_what_it_says(seconds in 1..=A_DAY) {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, seconds.into());
        prop_assert_eq!(at(&headers, UNIX_EPOCH), Some(Duration::from_secs(seconds)));
    }
}
