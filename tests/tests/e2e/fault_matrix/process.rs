//! What happens to the process itself: it is killed, told to end, suspended, or its disk is full.

use std::time::Duration;

use e2e::{Refresh, until};
use futures_util::future::join_all;
use nix::sys::signal::Signal;
use sandbox::knack::{Fault as KnackFault, Kind, KnackRule};
use sandbox::proxy::{Fault, ProxyRule};
use tempfile::TempDir;

use super::Scene;

/// The moments at which a run can end, each with what makes it last.
const MOMENTS: [Option<(&str, Fault)>; 7] = [
    None,
    Some(("students", Fault::Hang)),
    Some(("students", Fault::CutAfterWrite)),
    Some(("vespa_scores", Fault::Hang)),
    Some(("vespa_scores", Fault::CutAfterWrite)),
    Some(("student_comments", Fault::Hang)),
    Some(("sync_logs", Fault::Hang)),
];

#[tokio::test]
async fn a_run_that_is_killed_told_to_end_or_suspended_at_any_moment_leaves_rows_old_or_new_and_a_plain_run_heals()
 {
    for signal in [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGSTOP] {
        join_all(MOMENTS.map(async |moment| {
            let fault = format!("{signal} at {moment:?}");
            let scene = Scene::set().await;
            let stage = &scene.stage;
            match &moment {
                None => stage
                    .knack
                    .inject(KnackRule::new(KnackFault::Hang).on(Kind::Page)),
                // Beyond its log row's beginning.
                Some((table, fault)) => stage
                    .proxy
                    .inject(ProxyRule::new(fault.clone()).on("POST", table)),
            }
            let running = stage.refresh().args(["--timeout", "60"]).start();
            match &moment {
                None => until("Knack is asked", || !stage.knack.seen().is_empty()).await,
                Some((table, _)) => {
                    let is_there = || {
                        stage
                            .proxy
                            .writes()
                            .iter()
                            .any(|write| write.table() == *table)
                    };
                    until("it writes there", is_there).await;
                }
            }

            running.signal(signal);
            if signal == Signal::SIGSTOP {
                // Suspended is as good as dead: whoever comes next is not held up, and it does no harm when it goes on.
                scene.assert_heals(&fault).await;
                running.signal(Signal::SIGCONT);
                running.signal(Signal::SIGTERM);
            }
            running.end().await;

            scene.assert_heals(&fault).await;
        }))
        .await;
    }
}

#[tokio::test]
async fn a_disk_without_room_for_the_budget_costs_a_warning_and_no_row() {
    let scene = Scene::set().await;
    let folder = TempDir::new().unwrap();
    let place = folder.path().display();
    let full = format!(
        "mount -t tmpfs -o size=4k none {place} && (head -c 8192 /dev/zero > {place}/full || true)"
    );
    let Some(refresh) = Refresh::bare_on_own_mounts(&full) else {
        return;
    };
    let refresh = refresh.args(["--establishment-id", &scene.stage.knack_id]);
    let refresh = scene
        .stage
        .environment()
        .into_iter()
        .fold(refresh, |it, (name, value)| it.env(name, value));

    let run = refresh
        .env("KNACK_BUDGET", format!("file:{place}/knack.budget"))
        .run()
        .await;

    run.expect_code(0);
    assert!(run.stderr.contains("KNACK_BUDGET"), "{}", run.stderr);
    scene.assert_heals("a full disk").await;
}

/// A second refresh of the school while the first one is between two requests.
#[tokio::test]
async fn two_runs_at_once_leave_rows_old_or_new_and_a_plain_run_heals() {
    for (method, table) in [
        ("GET", "students"),
        ("POST", "students"),
        ("POST", "vespa_scores"),
    ] {
        let scene = Scene::set().await;
        let late = Fault::Delay(Duration::from_millis(700));
        scene
            .stage
            .proxy
            .inject(ProxyRule::new(late).on(method, table).once());

        let (one, two) = tokio::join!(scene.refresh().run(), scene.refresh().run());

        let fault = format!("two at once, one late at {method} {table}");
        assert!(matches!(one.code, Some(0 | 9)), "{fault}: {one:?}");
        assert!(matches!(two.code, Some(0 | 9)), "{fault}: {two:?}");
        scene.assert_heals(&fault).await;
    }
}
