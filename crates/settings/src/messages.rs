//! Lists the messages about settings that cannot be used (scripts/messages).

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStringExt;

use crate::{
    Environment, Reader, UnreadableFile, certificates, environment, knack, min_daily_allowance,
    of_refresh, outage_patience, run_identity, supabase, supabase_in_public, with_answers,
};

const GOOD: [(&str, &str); 4] = [
    ("KNACK_APP_ID", "61680fc13a0bfd001e8ca3ca"),
    ("KNACK_API_KEY", "key"),
    ("SUPABASE_URL", "https://project.example"),
    ("SUPABASE_KEY", "sb_secret_x"),
];

/// The message for one variable with this value, and all others as they should be.
fn said(name: &str, value: OsString, file: &str) -> String {
    let good = GOOD.map(|(name, value)| (name.to_owned(), OsString::from(value)));
    let others = good.into_iter().filter(|(other, _)| other != name);
    let one = (name.to_owned(), value);
    let one = Some(one).filter(|_| file.is_empty());
    let environment = Environment::of(others.chain(one));
    let environment = environment.with_file(file);
    let mut reader = Reader::of(&environment);
    knack(&mut reader);
    if let Some(project) = supabase(&mut reader) {
        supabase_in_public(&mut reader, &project);
    }
    run_identity(&mut reader);
    outage_patience(&mut reader);
    with_answers(&mut reader);
    min_daily_allowance(&mut reader);
    let invalid = reader.finish().expect_err(name);
    invalid.problems().join("; ")
}

/// To be read from top to bottom, as an administrator would.
#[test]
fn every_mistake_in_a_setting_is_said_as_it_was() {
    let mut list = String::new();
    for (name, texts) in [
        ("KNACK_APP_ID", &["", "vespa"][..]),
        ("KNACK_API_KEY", &["", "two words"]),
        (
            "KNACK_API_URL",
            &[
                "api.knack.com",
                "https://user@api.knack.com/v1",
                "http://api.knack.com/v1",
                "https://api.knack.com",
            ],
        ),
        ("KNACK_TIMEOUT_SECONDS", &["soon", "0"]),
        (
            "KNACK_BUDGET",
            &["knack.budget", "file:/dev/null", "redis://canary:port"],
        ),
        ("SUPABASE_URL", &["", "https://project.example/rest/v1"]),
        (
            "SUPABASE_KEY",
            &[
                "",
                "sb_publishable_x",
                "e30.eyJyb2xlIjoiYW5vbiJ9.x",
                "canary",
            ],
        ),
        ("SUPABASE_TIMEOUT_SECONDS", &["601"]),
        ("SYNC_OUTAGE_PATIENCE_SECONDS", &["-1"]),
        ("SYNC_ANSWERS", &["maybe"]),
        ("SYNC_MIN_DAILY_ALLOWANCE", &["many"]),
        ("SUPABASE_PUBLISHABLE_KEY", &["sb_secret_canary"]),
        ("SYNC_RUN_ID", &["1"]),
        ("SYNC_STARTED_BY", &["ann@school.example"]),
        ("SYNC_FENCE", &["seven"]),
    ] {
        for text in texts {
            writeln!(list, "{}", said(name, OsString::from(text), "")).unwrap();
        }
    }
    let unreadable = OsString::from_vec(vec![0xff]);
    writeln!(list, "{}", said("SUPABASE_KEY", unreadable, "")).unwrap();
    let line = said("SUPABASE_KEY", OsString::new(), "\nSUPABASE_KEY='sb_secret");
    writeln!(list, "{line}").unwrap();
    assert!(!list.contains("canary"), "no value is repeated");
    for setting in of_refresh() {
        assert!(list.contains(setting.name), "{}", setting.name);
    }
    insta::assert_snapshot!(list);
}

/// The same for what is not in a single variable.
#[test]
fn every_file_that_cannot_be_used_is_said_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).into_os_string();
    std::fs::write(at("empty"), "").unwrap();
    let mut list = vec![environment::no_text().problems()];
    for error in [
        UnreadableFile::BrokenLink,
        UnreadableFile::NotAllowed,
        UnreadableFile::Folder,
        UnreadableFile::NotRegular,
        UnreadableFile::TooLarge,
        UnreadableFile::Other(std::io::ErrorKind::TimedOut),
    ] {
        list.push(environment::unusable(error).problems());
    }
    for (name, value) in [
        ("SSL_CERT_FILE", OsString::new()),
        ("SSL_CERT_FILE", at("nowhere")),
        ("SSL_CERT_FILE", folder.path().into()),
        ("SSL_CERT_FILE", at("empty")),
        ("SSL_CERT_FILE", "/dev/null".into()),
        ("SSL_CERT_DIR", at("nowhere")),
    ] {
        let set = Environment::of([(name.to_owned(), value)]);
        list.push(certificates::check(&set).expect_err(name).problems());
    }
    list.push(vec![certificates::NONE.to_owned()]);
    insta::assert_snapshot!(list.concat().join("\n"));
}
