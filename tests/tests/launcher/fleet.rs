//! The commands of an operator of many schools, against a launcher that runs: every school is refreshed, a person hears of what
//! needs one and of nothing else, and whatever happens to the launcher meanwhile is waited out.

mod documents;
mod lists;
mod mail;
mod tokens;
pub(crate) mod world;

use e2e::{until, until_asked};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandbox::knack::{Fault, Kind, KnackRule};
use serde_json::json;

use crate::misbehaving::{Misbehaving, launcher};
use world::{Fleet, command, document, ended, outcomes, run};

#[tokio::test]
async fn one_command_refreshes_every_school_and_reports_on_each() {
    let fleet = Fleet::of(3).await;
    let launcher = fleet.launcher().start().await;

    let refreshed = run(&launcher, "refresh --all").await;

    let document = document(&refreshed);
    assert_eq!(refreshed.code, Some(0), "{refreshed:?}");
    assert_eq!(document["success"], true);
    assert_eq!(document["counts"]["refreshed"], 3, "{document}");
    assert_eq!(outcomes(&document), ["refreshed"; 3]);
    assert_eq!(fleet.stage.row_counts().await, [2, 2, 0]);
    let lines: Vec<&str> = refreshed.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "a line a school: {lines:?}");
    assert!(
        lines.iter().any(|line| line.starts_with("[3/3] ")),
        "{lines:?}"
    );
    let own = document["schools"].as_array().unwrap().iter();
    let own = own.filter(|school| school["establishment_id"] == json!(fleet.stage.knack_id));
    let rows: Vec<_> = own.map(|school| school["rows_changed"].clone()).collect();
    assert_eq!(rows, [json!(4)], "{document}");
}

#[tokio::test]
async fn stale_schools_alone_are_refreshed_and_none_is_no_failure() {
    let fleet = Fleet::of(2).await;
    let launcher = fleet.launcher().start().await;
    let one = format!("refresh --school {}", fleet.ids[1]);
    assert_eq!(run(&launcher, &one).await.code, Some(0));

    let refreshed = run(&launcher, "refresh --stale").await;

    let refreshed = document(&refreshed);
    assert_eq!(refreshed["counts"]["schools"], 1, "{refreshed}");
    assert_eq!(
        refreshed["schools"][0]["establishment_id"],
        json!(fleet.ids[0])
    );
    let again = run(&launcher, "refresh --stale 24 --quiet").await;
    assert_eq!(
        (again.code, &*again.stdout, &*again.stderr),
        (Some(0), "", "")
    );
}

#[tokio::test]
async fn a_school_that_someone_has_just_refreshed_by_hand_is_no_failure() {
    let fleet = Fleet::of(2).await;
    let launcher = fleet.launcher().start().await;
    let by_hand = launcher.refresh_request(&fleet.ids[0]);
    let by_hand = launcher.send(by_hand.bearer_auth(world::TOKEN)).await;
    by_hand.expect_status(200);
    // From a shell, which only the log knows of.
    fleet
        .stage
        .refresh_of(&fleet.ids[1])
        .run()
        .await
        .expect_code(0);

    let refreshed = run(&launcher, "refresh --all").await;

    assert_eq!(refreshed.code, Some(0), "{refreshed:?}");
    let document = document(&refreshed);
    assert_eq!(outcomes(&document), ["recent"; 2], "{document}");
    assert_eq!(document["message"], json!(null));
}

#[tokio::test]
async fn a_failure_that_is_over_by_the_second_attempt_is_none() {
    let fleet = Fleet::of(1).await;
    let program = Misbehaving::like("fails and says so");
    let launcher = fleet.with_token(launcher(&fleet.stage, &program));
    // Its cooldown is that of a failure, and no reason to take the school for refreshed.
    let launcher = launcher.env("LAUNCHER_FAILURE_COOLDOWN_SECONDS", "3");
    let launcher = launcher.start().await;

    let refresh = command(launcher.url(), "refresh --all").spawn().unwrap();
    until_asked("the first attempt has failed", async || {
        let metrics = launcher.get("/metrics").await.text;
        metrics.contains("sync_runs_total{state=\"failed\"} 1")
    })
    .await;
    program.now("behaves");

    let refreshed = ended(refresh).await;
    let document = document(&refreshed);
    assert_eq!(refreshed.code, Some(0), "{document}");
    assert_eq!(document["schools"][0]["attempts"], 2, "{document}");
}

#[tokio::test]
async fn a_launcher_without_room_is_waited_for_and_nobody_is_refused() {
    let fleet = Fleet::of(4).await;
    let launcher = fleet.launcher().env("LAUNCHER_MAX_RUNS", "1");
    let launcher = launcher.env("LAUNCHER_MAX_QUEUE", "0").start().await;

    let refreshed = run(&launcher, "refresh --all").await;

    assert_eq!(refreshed.code, Some(0), "{refreshed:?}");
    assert_eq!(document(&refreshed)["counts"]["refreshed"], 4);
}

#[tokio::test]
async fn no_more_than_one_of_its_schools_waits_in_the_queue() {
    let fleet = Fleet::of(4).await;
    let program = Misbehaving::like("waits");
    let launcher = fleet.with_token(launcher(&fleet.stage, &program));
    let launcher = launcher.env("LAUNCHER_MAX_RUNS", "2").start().await;

    let refresh = command(launcher.url(), "refresh --all").spawn().unwrap();
    let shows = async |line: &str| launcher.get("/metrics").await.text.contains(line);
    until_asked("the launcher is full", async || {
        shows("sync_runs_active 2").await && shows("sync_queue_depth 1").await
    })
    .await;
    // A fourth would be in the queue by now: the launcher has answered several times since.
    for _ in 0..10 {
        assert!(shows("sync_queue_depth 1").await);
    }
    program.now("behaves");
    program.may_finish();

    let refreshed = ended(refresh).await;
    assert_eq!(document(&refreshed)["counts"]["refreshed"], 4);
}

#[tokio::test]
async fn a_launcher_that_is_restarted_in_the_middle_costs_no_school() {
    for is_killed in [true, false] {
        let fleet = Fleet::of(2).await;
        let program = Misbehaving::like("waits");
        let address = free_address();
        let build = || {
            let launcher = launcher(&fleet.stage, &program).env("LAUNCHER_MAX_RUNS", "1");
            let launcher = launcher.env("LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", "0.1");
            fleet.with_token(launcher.env("LAUNCHER_BIND", &address))
        };
        let mut first = build().start().await;
        let refresh = command(first.url(), "refresh --all").spawn().unwrap();
        program.pid().await;
        if !is_killed {
            first.signal(Signal::SIGTERM);
            first.end().await;
        }
        drop(first);
        program.now("behaves");
        let second = build().start().await;

        let refreshed = ended(refresh).await;
        let document = document(&refreshed);
        assert_eq!(refreshed.code, Some(0), "{is_killed} {document}");
        assert_eq!(outcomes(&document), ["refreshed"; 2], "{is_killed}");
        drop(second);
    }
}

/// The system has just given it away and taken it back.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there are ports");
    listener.local_addr().expect("it is bound").to_string()
}

#[tokio::test]
async fn when_told_to_end_it_says_what_goes_on_and_stops_none_of_it() {
    for (signal, code, says) in [
        (Signal::SIGTERM, 143, "stopped by a TERM signal"),
        (Signal::SIGINT, 130, "stopped by Ctrl-C"),
    ] {
        let fleet = Fleet::of(3).await;
        let program = Misbehaving::like("waits");
        let launcher = fleet.with_token(launcher(&fleet.stage, &program));
        let launcher = launcher.env("LAUNCHER_MAX_RUNS", "1").start().await;
        let refresh = command(launcher.url(), "refresh --all").spawn().unwrap();
        let pid = Pid::from_raw(refresh.id().unwrap().try_into().unwrap());
        let shows = async |line: &str| launcher.get("/metrics").await.text.contains(line);
        until_asked("one runs and one waits", async || {
            shows("sync_runs_active 1").await && shows("sync_queue_depth 1").await
        })
        .await;

        kill(pid, signal).unwrap();

        let stopped = ended(refresh).await;
        let document = document(&stopped);
        assert_eq!(stopped.code, Some(code), "{document}");
        let counts = &document["counts"];
        assert_eq!(
            (&counts["running"], &counts["not_started"]),
            (&json!(2), &json!(1))
        );
        let said = stopped.stderr.lines().last().unwrap();
        for part in [
            says,
            "2 refreshes go on in the launcher",
            "1 school not started",
        ] {
            assert!(said.contains(part), "{said}");
        }
        program.now("behaves");
        program.may_finish();
        until_asked("both end by themselves", async || {
            shows("sync_runs_total{state=\"succeeded\"} 2").await
        })
        .await;
    }
}

#[tokio::test]
async fn its_own_time_is_up_as_told_and_the_exit_code_says_so() {
    let fleet = Fleet::of(1).await;
    let program = Misbehaving::like("waits");
    let launcher = fleet.with_token(launcher(&fleet.stage, &program));
    let launcher = launcher.start().await;

    let stopped = run(&launcher, "refresh --all --timeout 1 --quiet").await;

    world::assert_one_sentence(&stopped, 124, &["--timeout", "1 refresh goes on"]);
    program.may_finish();
}

#[tokio::test]
async fn two_commands_at_once_share_the_runs_and_both_succeed() {
    let fleet = Fleet::of(3).await;
    let slow = KnackRule::new(Fault::Delay(std::time::Duration::from_secs(1)));
    fleet.stage.knack.inject(slow.on(Kind::Page));
    let launcher = fleet.launcher().start().await;

    let both = tokio::join!(
        run(&launcher, "refresh --all"),
        run(&launcher, "refresh --all")
    );

    for refreshed in [both.0, both.1] {
        assert_eq!(refreshed.code, Some(0), "{refreshed:?}");
        let document = document(&refreshed);
        let is_fine = |outcome: &&str| ["refreshed", "recent"].contains(outcome);
        assert!(outcomes(&document).iter().all(is_fine), "{document}");
    }
    let starts = || {
        let log = launcher.log();
        log.iter()
            .filter(|line| line.contains("a run starts"))
            .count()
    };
    until("each school had one run", || starts() == 3).await;
}
