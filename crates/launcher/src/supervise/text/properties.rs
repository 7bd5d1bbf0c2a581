//! Whatever a text holds, what is shown of it is short, is one line and holds no secret.

use proptest::prelude::*;

use super::*;

const SECRET: &str = "sb_secret_canary";

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(SECRET.to_owned()),
        Just("sb_secret".to_owned()),
        Just("_canary".to_owned()),
        Just("sb_\u{202e}secret_\rcanary".to_owned()),
        "[a-z]{1,4}(@|%40)[a-z]{1,4}\\.test",
        "eyJ[a-zA-Z0-9]{1,9}",
        "[ \t\n\r\u{0}\u{1b}\u{2066}]",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_shown_is_short_and_is_one_line_and_holds_no_secret(text in any_text(), longest in 0_usize..80) {
        let shown = masked(&text, &[SECRET.to_owned()], longest);
        prop_assert!(shown.chars().count() <= longest);
        prop_assert!(!shown.chars().any(|c| c.is_control() || reorders(c)), "{shown:?}");
        prop_assert!(!shown.contains(SECRET), "{shown:?}");
        prop_assert!(!shown.contains(['@']) && !shown.contains("eyJ"), "{shown:?}");
    }
}
