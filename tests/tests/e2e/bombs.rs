//! Answers that grow without end once they are decompressed cost bounded memory and time, and are told of as too large.

use std::time::{Duration, Instant};

use e2e::{Refresh, Run, Stage, warned};
use sandbox::knack::{Fault as OfKnack, Kind, KnackRule};
use sandbox::proxy::{Fault as OfSupabase, ProxyRule};
use sync_protocol::ErrorCode;

/// All that a refresh may have, in kilobytes: three answers of 64 MB at once, and what a program needs anyway.
const MEMORY: &str = "ulimit -v 900000";

/// A refresh that is not let have more memory than it should need, and whose end comes soon.
async fn confined(stage: &Stage) -> Run {
    let refresh = Refresh::bare_after(MEMORY).args(["--establishment-id", &stage.knack_id]);
    let refresh = stage
        .environment()
        .into_iter()
        .fold(refresh, |refresh, (name, value)| refresh.env(name, value));
    let begun = Instant::now();
    let run = refresh.run().await;
    assert!(begun.elapsed() < Duration::from_mins(2), "{run:?}");
    run
}

#[tokio::test]
async fn a_page_that_is_a_bomb_is_read_in_smaller_pages() {
    let stage = Stage::with_class(12).await;
    let bomb = KnackRule::new(OfKnack::Bomb);
    stage.knack.inject(bomb.on(Kind::Page));

    let summary = confined(&stage).await.expect_code(0);

    assert_eq!(warned(&summary), []);
    assert_eq!(stage.row_counts().await, [12, 12, 0]);
}

#[tokio::test]
async fn where_all_of_knacks_answers_are_bombs_a_refresh_says_so_and_changes_nothing() {
    let stage = Stage::with_class(2).await;
    stage.knack.inject(KnackRule::new(OfKnack::Bomb));

    let run = confined(&stage).await;

    let failure = run.expect_failure(10, ErrorCode::BadData);
    assert!(failure.message.contains("larger than 64 MB"), "{failure:?}");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn a_bomb_from_supabase_costs_a_few_requests_and_says_what_it_is() {
    for (status, method, table, exit, told) in [
        (200, "GET", "establishments", 7, "larger than 64 MB"),
        (200, "GET", "students", 7, "larger than 64 MB"),
        (201, "POST", "students", 7, "larger than 64 MB"),
        // By its status alone, since no error of a database is so long.
        (503, "GET", "students", 8, "status 503"),
        (403, "GET", "students", 7, "status 403"),
    ] {
        let stage = Stage::with_class(3).await;
        let bomb = ProxyRule::new(OfSupabase::Bomb { code: status });
        stage.proxy.inject(bomb.on(method, table));

        let run = confined(&stage).await;

        let code = match exit {
            7 => ErrorCode::SupabaseRefused,
            _ => ErrorCode::SupabaseUnavailable,
        };
        let failure = run.expect_failure(exit, code);
        assert!(failure.message.contains(told), "{failure:?}");
        let requests = stage.proxy.seen().len();
        assert!(requests <= 20, "{status} {method} {table}: {requests}");
    }
}
