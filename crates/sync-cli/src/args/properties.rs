//! Any command line is understood or refused, in one sentence that forges no line.

use std::os::unix::ffi::OsStringExt;

use proptest::prelude::*;

use super::*;

const OPTIONS: [&str; 14] = [
    "--establishment-id",
    "--academic-year",
    "--dry-run",
    "--explain",
    "--check",
    "--timeout",
    "--progress",
    "--rows-per-page",
    "--max-in-flight",
    "--min-daily-allowance",
    "--json",
    "--exit-on-stdin-close",
    "-v",
    "--",
];

fn any_word() -> impl Strategy<Value = OsString> {
    let text = prop_oneof![
        4 => prop::sample::select(&OPTIONS[..]).prop_map(str::to_owned),
        2 => "[0-9a-f]{24}",
        1 => "[0-9]{1,22}",
        1 => "20[0-9]{2}/20[0-9]{2}",
        1 => (prop::sample::select(&OPTIONS[..]), "[0-9a-z/]{0,24}").prop_map(|(option, value)| format!("{option}={value}")),
        1 => "-{0,3}[a-z]{0,9}[\n\r\u{1b}=]?[a-z]{0,4}",
    ];
    let bytes = prop::collection::vec(1_u8.., 0..20).prop_map(OsString::from_vec);
    prop_oneof![9 => text.prop_map(OsString::from), 1 => bytes]
}

fn understood(words: Vec<OsString>) -> Result<Asked, SyncError> {
    parse(std::iter::once(OsString::from("sync-single-establishment")).chain(words))
}

proptest! {
    #[test]
    fn any_command_line_is_understood_or_refused_in_one_line(words in prop::collection::vec(any_word(), 0..7)) {
        if let Err(refused) = understood(words) {
            let sentence = refused.to_string();
            prop_assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
            prop_assert!(sentence.chars().count() < 600, "{sentence:?}");
        }
    }

    #[test]
    fn only_an_establishments_id_starts_a_refresh(
        id in prop_oneof![any::<String>(), "[0-9a-fA-F]{23,25}", "-{1,2}[a-z]{1,9}", "[0-9a-f]{24}[\n\u{0} ]"], joined: bool,
    ) {
        let words = if joined {
            vec![format!("--establishment-id={id}").into()]
        } else {
            vec!["--establishment-id".into(), id.clone().into()]
        };
        match understood(words) {
            Ok(Asked::Refresh(args)) => prop_assert_eq!(args.establishment, id.parse().unwrap()),
            Ok(Asked::Check(_)) => prop_assert!(false, "nobody asked for an examination"),
            Ok(Asked::Help(_)) | Err(_) => prop_assert!(id.parse::<EstablishmentId>().is_err()),
        }
    }
}
