//! How long a refresh waits for Knack and Supabase to come back: by time, not by attempts.

use std::time::Duration;

use e2e::{Refresh, Stage, refused};
use sandbox::knack::{Fault as KnackFault, Kind, KnackRule};
use sandbox::proxy::{Fault, PostgrestCode, ProxyRule};
use sync_protocol::ErrorCode;

const AS_DEPLOYED: &str = "90";

fn patient(stage: &Stage) -> Refresh {
    stage
        .refresh()
        .env("SYNC_OUTAGE_PATIENCE_SECONDS", AS_DEPLOYED)
        .args(["--progress", "json"])
}

fn recorded(case: &str) -> Fault {
    Fault::Recorded {
        case: case.to_owned(),
    }
}

/// How often the progress said that it waits for this service.
fn waits(stderr: &str, service: &str) -> usize {
    let event = format!(r#""reason":"{service}""#);
    stderr.lines().filter(|line| line.contains(&event)).count()
}

#[tokio::test]
async fn twenty_seconds_without_a_schema_are_waited_out_and_the_progress_says_so() {
    let stage = Stage::with_class(12).await;
    let reload = ProxyRule::new(recorded("PostgreSQL stopped, request 2"));
    stage.proxy.inject(reload.lasting(Duration::from_secs(20)));

    let run = patient(&stage).run().await;

    let summary = run.expect_code(0);
    assert!(summary.duration_seconds > 19.0, "{summary:?}");
    assert_eq!(stage.row_counts().await, [12, 12, 0]);
    assert!(waits(&run.stderr, "supabase") >= 5, "{}", run.stderr);
}

#[tokio::test]
async fn a_schema_that_comes_and_goes_costs_time_only() {
    let stage = Stage::with_class(12).await;
    let reload = ProxyRule::new(recorded("PostgreSQL stopped, request 2"));
    stage.proxy.inject(reload.every(2));

    patient(&stage).run().await.expect_code(0);

    assert_eq!(stage.row_counts().await, [12, 12, 0]);
}

#[tokio::test]
async fn every_pooled_connection_may_be_dead_once_after_a_fail_over() {
    let stage = Stage::with_class(12).await;
    let dead = ProxyRule::new(recorded(
        "first request after its pooled connection was terminated",
    ));
    stage.proxy.inject(dead.times(10));

    patient(&stage).run().await.expect_code(0);

    assert_eq!(stage.row_counts().await, [12, 12, 0]);
}

#[tokio::test]
async fn a_database_that_is_stopped_or_read_only_for_some_seconds_is_waited_for() {
    for case in [
        "PostgreSQL stopped, request 1",
        "trigger raises 25006",
        "trigger raises 53100",
        "trigger raises 58030",
        "trigger raises 26000",
    ] {
        let stage = Stage::with_class(12).await;
        let away = ProxyRule::new(recorded(case)).from_nth(2);
        stage.proxy.inject(away.lasting(Duration::from_secs(3)));

        let summary = patient(&stage).run().await.expect_code(0);

        assert!(summary.warnings.is_empty(), "{case}: {summary:?}");
        assert_eq!(stage.row_counts().await, [12, 12, 0], "{case}");
    }
}

#[tokio::test]
async fn a_gateway_without_its_server_is_an_outage_whatever_its_number() {
    for code in [404, 405, 410, 421, 425, 499, 500, 507, 521, 530, 540, 599] {
        let stage = Stage::with_class(40).await;
        let away = ProxyRule::new(Fault::GatewayHtml { code });
        let after_first_write = away.on("POST", "vespa_scores");
        stage
            .proxy
            .inject(after_first_write.lasting(Duration::from_secs(2)));

        let summary = patient(&stage).run().await.expect_code(0);

        assert!(summary.warnings.is_empty(), "{code}: {summary:?}");
        assert_eq!(stage.row_counts().await, [40, 40, 0], "{code}");
    }
}

#[tokio::test]
async fn an_outage_that_lasts_calls_nobody_refused_and_costs_few_requests() {
    let stage = Stage::with_class(400).await;
    let away = ProxyRule::new(Fault::GatewayHtml { code: 530 });
    stage.proxy.inject(away.on("POST", "vespa_scores"));

    let run = stage
        .refresh()
        .env("SYNC_OUTAGE_PATIENCE_SECONDS", "6")
        .run()
        .await;

    run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    assert!(refused(&run.summary()).is_empty(), "{run:?}");
    assert_eq!(stage.row_counts().await, [400, 0, 0]);
    let writes = stage.proxy.writes().len();
    assert!(writes < 60, "{writes}");
}

#[tokio::test]
async fn a_row_at_which_a_gateway_always_fails_is_named_and_the_others_are_saved() {
    let stage = Stage::with_class(40).await;
    let chokes = ProxyRule::new(Fault::GatewayHtml { code: 520 });
    let chokes = chokes.on("POST", "students").body(&stage.email("p011"));
    stage.proxy.inject(chokes);

    for _ in 0..2 {
        let refresh = stage.refresh().env("SYNC_OUTAGE_PATIENCE_SECONDS", "9");
        let summary = refresh.run().await.expect_code(9);
        assert_eq!(refused(&summary), [stage.pupil(11).record_id]);
    }

    assert_eq!(stage.row_counts().await, [39, 39, 0]);
}

#[tokio::test]
async fn while_every_second_call_is_one_too_many_for_knack_a_refresh_continues() {
    let stage = Stage::with_class(465).await;
    let busy = KnackRule::new(KnackFault::TooManyRequests).every(2);
    stage.knack.inject(busy.lasting(Duration::from_mins(1)));

    let run = patient(&stage).run().await;

    let summary = run.expect_code(0);
    assert_eq!(summary.students_synced, 465);
    assert!(waits(&run.stderr, "knack") > 0, "{}", run.stderr);
}

#[tokio::test]
async fn an_address_at_which_nothing_answers_is_reported_with_its_setting_within_its_own_patience()
{
    for (setting, code, exit) in [
        ("SUPABASE_URL", ErrorCode::SupabaseUnavailable, 8),
        ("KNACK_API_URL", ErrorCode::KnackUnavailable, 6),
    ] {
        let stage = Stage::with_class(1).await;
        let nobody = "https://this-host-does-not-exist.invalid";
        let url = match setting {
            "KNACK_API_URL" => format!("{nobody}/v1"),
            _ => nobody.to_owned(),
        };

        let run = patient(&stage).env(setting, url).run().await;

        let failure = run.expect_failure(exit, code);
        assert!(failure.message.contains(setting), "{failure:?}");
        let took = run.summary().duration_seconds;
        assert!(took < 36.0, "{took}");
    }
}

#[tokio::test]
async fn a_wait_never_takes_the_time_that_the_end_of_a_run_needs() {
    let stage = Stage::with_class(3).await;
    let away = ProxyRule::new(Fault::Postgrest {
        code: PostgrestCode::SchemaCacheUnavailable,
    });
    stage.proxy.inject(away.on("POST", "students"));

    let run = patient(&stage).args(["--timeout", "8"]).run().await;

    run.expect_failure(8, ErrorCode::SupabaseUnavailable);
    assert!(run.summary().duration_seconds < 8.0);
}

#[tokio::test]
async fn a_page_that_knack_never_finishes_is_asked_for_again() {
    let stage = Stage::with_class(12).await;
    let hangs = KnackRule::new(KnackFault::Hang).on(Kind::Page).once();
    stage.knack.inject(hangs);

    let refresh = patient(&stage).env("KNACK_TIMEOUT_SECONDS", "1");
    refresh.run().await.expect_code(0);

    assert_eq!(stage.row_counts().await, [12, 12, 0]);
}
