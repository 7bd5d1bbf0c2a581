//! A machine's clock that is wrong, as the services' answers show. Here theirs is moved, since ours cannot be.

use std::time::Duration;

use e2e::{Stage, assert_is_a_sentence, warning};
use jiff::{SignedDuration, Timestamp, ToSpan};
use sandbox::knack::{Fault as OfKnack, KnackRule};
use sandbox::proxy::{Fault as OfSupabase, ProxyRule};
use sync_protocol::{AcademicYear, ErrorCode, WarningCode};

const A_YEAR: Duration = Duration::from_hours(366 * 24);

/// A service, and how wrong our clock is by its own.
#[derive(Debug, Clone, Copy)]
enum Clock {
    OfKnack(SignedDuration),
    OfSupabase(SignedDuration),
}

/// As a `Date` header says it.
#[expect(
    clippy::disallowed_methods,
    reason = "the program under test reads the same clock"
)]
fn date(from_now: SignedDuration) -> String {
    let date = Timestamp::now().checked_add(from_now).expect("a near date");
    date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn move_clock(stage: &Stage, clock: Clock) {
    match clock {
        Clock::OfKnack(by) => say_of_knack(stage, date(by)),
        Clock::OfSupabase(by) => say_of_supabase(stage, date(by)),
    }
}

fn say_of_knack(stage: &Stage, date: String) {
    stage.knack.inject(KnackRule::new(OfKnack::Dated(date)));
}

fn say_of_supabase(stage: &Stage, date: String) {
    stage.proxy.inject(ProxyRule::new(OfSupabase::Dated(date)));
}

fn both(by: Duration) -> [Clock; 4] {
    let by = SignedDuration::try_from(by).expect("it is short");
    [
        Clock::OfKnack(by),
        Clock::OfKnack(-by),
        Clock::OfSupabase(by),
        Clock::OfSupabase(-by),
    ]
}

#[tokio::test]
async fn more_than_five_minutes_are_a_warning_and_less_is_nothing() {
    for (by, is_told) in [(4, false), (6, true)] {
        for clock in both(Duration::from_mins(by)) {
            let stage = Stage::builder().last_year().start([]).await;
            stage.admit(1..=2);
            move_clock(&stage, clock);

            let summary = stage.run().await.expect_code(0);

            let told = warning(&summary, WarningCode::ClockSkew);
            assert_eq!(told.is_some(), is_told, "{clock:?}");
            if let Some(told) = told {
                assert_eq!(told.count, 1);
                assert_is_a_sentence(&told.message);
            }
            assert_eq!(stage.row_counts().await, [2, 2, 0]);
        }
    }
}

#[tokio::test]
async fn another_academic_year_is_refused_before_anything_is_saved() {
    for clock in both(A_YEAR) {
        let stage = Stage::with_class(2).await;
        move_clock(&stage, clock);

        let run = stage.run().await;

        let failure = run.expect_failure(3, ErrorCode::Configuration);
        let service = match clock {
            Clock::OfKnack(_) => "Knack",
            Clock::OfSupabase(_) => "Supabase",
        };
        for told in [service, "Nothing was changed", "set that machine's clock"] {
            assert!(failure.message.contains(told), "{clock:?}: {failure:?}");
        }
        assert!(warning(&run.summary(), WarningCode::ClockSkew).is_some());
        match clock {
            Clock::OfKnack(_) => stage.assert_logged("failed", &failure).await,
            Clock::OfSupabase(_) => assert!(stage.knack.seen().is_empty()),
        }
        stage.assert_untouched().await;
    }
}

#[tokio::test]
async fn a_year_that_was_asked_for_does_not_depend_on_the_clock() {
    for clock in both(A_YEAR) {
        let stage = Stage::builder().last_year().start([]).await;
        stage.admit(1..=2);
        move_clock(&stage, clock);

        let summary = stage.run().await.expect_code(0);

        assert!(warning(&summary, WarningCode::ClockSkew).is_some());
        assert_eq!(stage.row_counts().await, [2, 2, 0]);
    }
}

#[tokio::test]
async fn a_year_that_has_not_begun_by_a_wrong_clock_is_the_clocks_fault() {
    let stage = Stage::with_class(1).await;
    let by = SignedDuration::try_from(A_YEAR).expect("it is short");
    move_clock(&stage, Clock::OfSupabase(by));
    let next = AcademicYear::containing(stage.year.last_day() + 1.day(), stage.year.calendar());

    let run = stage
        .refresh()
        .args(["--academic-year", &next.to_string()])
        .run()
        .await;

    let failure = run.expect_failure(3, ErrorCode::Configuration);
    assert!(
        failure.message.contains("set that machine's clock"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_date_that_cannot_be_read_says_nothing() {
    for date in ["", "yesterday", "Thu, 99 Nov 2026 12:00:00 GMT"] {
        let stage = Stage::with_class(1).await;
        say_of_knack(&stage, date.to_owned());
        say_of_supabase(&stage, date.to_owned());

        let summary = stage.run().await.expect_code(0);

        assert!(
            warning(&summary, WarningCode::ClockSkew).is_none(),
            "{date}"
        );
    }
}
