//! The file, or the Redis, through which refreshes share Knack's requests of a second.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use e2e::{Stage, warning};
use nix::sys::stat::Mode;
use sandbox::redis::Redis;
use sync_protocol::WarningCode;
use tempfile::TempDir;

use super::{assert_refused, in_time};

#[tokio::test]
async fn a_budget_that_is_not_a_regular_file_is_refused_by_name() {
    let stage = Stage::with_class(1).await;
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    nix::unistd::mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
    symlink("/dev/null", at("link")).unwrap();
    for path in [
        Path::new("/dev/null"),
        Path::new("/dev/zero"),
        folder.path(),
        &at("fifo"),
        &at("link"),
    ] {
        let refresh = stage
            .refresh()
            .env("KNACK_BUDGET", format!("file:{}", path.display()));
        assert_refused(refresh, &["KNACK_BUDGET must name a regular file"]).await;
    }
}

/// In milliseconds since 1970, as the file has it.
#[expect(
    clippy::disallowed_methods,
    reason = "the program under test reads the same clock"
)]
fn in_a_day() -> i64 {
    jiff::Timestamp::now().as_millisecond() + 86_400_000
}

#[tokio::test]
async fn a_damaged_budget_slows_nobody_down_and_is_reported() {
    let stage = Stage::with_class(30).await;
    let budget = TempDir::new().unwrap();
    let budget = budget.path().join("knack.budget");
    // A whole wave of small pages would take seconds, were the file believed.
    let refresh = || {
        let file = format!("file:{}", budget.display());
        let refresh = stage.refresh().env("KNACK_BUDGET", file);
        refresh.args(["--rows-per-page", "5"])
    };
    let in_a_day = in_a_day();
    for (damaged, is_told) in [
        (vec![0xff; 80], true),
        (b"damaged".to_vec(), true),
        (in_a_day.to_le_bytes().repeat(11), false),
    ] {
        fs::write(&budget, &damaged).unwrap();
        let begun = Instant::now();

        let run = refresh().run().await;

        run.expect_code(0);
        assert!(stage.knack.seen().len() >= 6);
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(run.stderr.contains("damaged"), is_told, "{}", run.stderr);
        stage.knack.clear_seen();
    }
}

#[tokio::test]
async fn the_usual_budget_lies_in_a_folder_of_its_own_user_alone() {
    let stage = Stage::with_class(1).await;
    let temporary = TempDir::new().unwrap();
    let refresh = || {
        let refresh = stage.refresh().without_env("KNACK_BUDGET");
        refresh.env("TMPDIR", temporary.path())
    };
    refresh().run().await.expect_code(0);
    let name = format!("vespa-sync-{}", nix::unistd::getuid());
    let folder = temporary.path().join(name);
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let entries = fs::read_dir(&folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let [budget, due] = files.as_slice() else {
        panic!("the budget, and what is due: {files:?}");
    };
    assert!(due.to_string_lossy().ends_with(".budget.due"), "{due:?}");

    // What an attacker would put there in the place of the files, and of the folder.
    let precious = temporary.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    for file in [budget, due] {
        assert_eq!(
            fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::remove_file(file).unwrap();
        symlink(&precious, file).unwrap();
    }
    let run = refresh().run().await;
    run.expect_code(0);
    assert!(run.stderr.contains("KNACK_BUDGET"), "{}", run.stderr);
    fs::remove_dir_all(&folder).unwrap();
    symlink(temporary.path(), &folder).unwrap();
    refresh().run().await.expect_code(0);
    let left = fs::read_dir(temporary.path()).unwrap().count();
    assert_eq!(left, 2, "nothing was made beside them");
    assert_eq!(fs::read(&precious).unwrap(), b"precious");
}

#[tokio::test]
async fn a_budget_that_somebody_keeps_locked_is_waited_for_a_moment_only() {
    let stage = Stage::with_class(1).await;
    let folder = TempDir::new().unwrap();
    let budget = folder.path().join("knack.budget");
    let held = fs::File::create(&budget).unwrap();
    held.lock().unwrap();
    let refresh = stage
        .refresh()
        .env("KNACK_BUDGET", format!("file:{}", budget.display()));

    let run = in_time(refresh).await;

    run.expect_code(0);
    assert!(run.stderr.contains("limits itself alone"), "{}", run.stderr);
    drop(held);
}

#[tokio::test]
async fn refreshes_of_several_machines_share_a_redis() {
    let stage = Stage::with_class(30).await;
    let redis = Redis::start().await.unwrap();
    let refresh = || {
        let temporary = TempDir::new().unwrap();
        let refresh = stage.refresh().env("KNACK_BUDGET", redis.url());
        let refresh = refresh.env("TMPDIR", temporary.path());
        let refresh = refresh.args(["--rows-per-page", "5"]);
        async move {
            let run = refresh.run().await;
            drop(temporary);
            run
        }
    };
    let (one, another) = tokio::join!(refresh(), refresh());
    for run in [one, another] {
        run.expect_code(0);
        let summary = run.summary();
        assert!(warning(&summary, WarningCode::LimitNotShared).is_none());
    }
    let mut connection = redis::Client::open(redis.url())
        .unwrap()
        .get_connection()
        .unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
    let expected = format!("vsync:knack-budget:{}", stage.knack.app_id());
    assert_eq!(keys, [expected]);
}

#[tokio::test]
async fn a_redis_that_cannot_be_used_slows_a_refresh_down_is_warned_of_and_its_password_is_never_shown()
 {
    let stage = Stage::with_class(1).await;
    let redis = Redis::start().await.unwrap();
    let with_password = redis.url().replace("redis://", "redis://:canary@");
    // Redis has no password, and at the other address there is none at all.
    for (url, reason) in [
        (with_password.clone(), "it refuses"),
        (
            with_password.replace("127.0.0.1", "127.0.0.2"),
            "it does not answer",
        ),
    ] {
        let refresh = stage.refresh().env("KNACK_BUDGET", &url).args(["-vv"]);
        let run = in_time(refresh).await;
        run.expect_code(0);
        let summary = run.summary();
        assert!(!summary.partial);
        let told = warning(&summary, WarningCode::LimitNotShared).expect("it is told");
        assert!(told.message.contains("KNACK_BUDGET"), "{told:?}");
        assert!(
            run.stderr.contains("two requests a second"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains(reason), "{reason}: {}", run.stderr);
        assert!(!run.stderr.contains("canary") && !run.stdout.contains("canary"));
    }
}
