//! Budgets in memory and in files. What holds for shared ones of any kind is in [`shared`].

mod shared;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::pin::pin;

use nix::sys::stat::Mode;

use super::window::LONGEST_WAIT;
use super::*;

/// Asserts that nine start at once, and no tenth.
async fn assert_nine_start(budget: &Budget) {
    let nine = async {
        for _ in 0..STARTS {
            budget.start(Lane::Shared).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_millis(900), nine).await;
    assert!(in_time.is_ok(), "{budget:?}");
    let soon = tokio::time::timeout(Duration::from_millis(100), budget.start(Lane::Shared));
    assert!(soon.await.is_err(), "{budget:?}");
}

/// In a folder that is this user's alone.
fn private(path: PathBuf) -> Budget {
    Budget::kept_in(None, "app", path)
}

fn is_alone(budget: &Budget) -> bool {
    matches!(&budget.store, Store::File { alone, .. } if alone.get().is_some())
}

#[tokio::test]
async fn none_left_is_a_reason_to_pause_unless_a_stranger_used_one() {
    for (stranger_started, remaining, is_paused) in [
        // Nine of ours leave one.
        (false, 1, false),
        (false, 0, true),
        (true, 1, false),
        (true, 0, false),
    ] {
        let budget = Budget::memory();
        if stranger_started {
            budget.start(Lane::Stranger).await;
        }
        let started = budget.start(Lane::Shared).await;
        budget.left(remaining, started, LONGEST_WAIT).await;
        let soon = tokio::time::timeout(Duration::from_millis(50), budget.start(Lane::Shared));
        let told = (stranger_started, remaining);
        assert_eq!(soon.await.is_err(), is_paused, "{told:?}");
    }
}

#[tokio::test]
async fn requests_start_in_the_order_in_which_they_were_made() {
    let budget = Budget::memory();
    for _ in 0..STARTS {
        budget.start(Lane::Shared).await;
    }
    let mut earlier = pin!(budget.start(Lane::Shared));
    let mut later = pin!(budget.start(Lane::Shared));
    let soon = tokio::time::timeout(Duration::from_millis(50), &mut earlier);
    assert!(soon.await.is_err());
    // There is a place by then, and it is not for the later one, nor for a stranger to wait for.
    let overtaken = tokio::time::timeout(WINDOW + Duration::from_millis(200), &mut later);
    assert!(overtaken.await.is_err());
    budget.start(Lane::Stranger).await;
    earlier.await;
    later.await;
}

#[tokio::test]
async fn processes_share_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/knack.budget");
    let (ours, theirs) = (Budget::file(&path), Budget::file(&path));
    for budget in [&ours, &theirs, &ours] {
        budget.start(Lane::Shared).await;
    }
    let window = Window::from_bytes(&fs::read(&path).unwrap(), now()).unwrap();
    assert_eq!(window.starts.iter().filter(|start| **start > 0).count(), 3);
    ours.start(Lane::Stranger).await;
    let another = theirs.start(Lane::Stranger);
    let soon = tokio::time::timeout(Duration::from_millis(100), another);
    assert!(soon.await.is_err());

    // As a program of before strangers makes it.
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..(STARTS + 1) * size_of::<Millis>()]).unwrap();
    theirs.start(Lane::Stranger).await;
}

#[tokio::test]
async fn a_damaged_file_is_started_anew_and_shared_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("knack.budget");
    for damaged in [&b"damaged"[..], &[0xff; 80], &[0xff; 88], &[0xff; 200]] {
        fs::write(&path, damaged).unwrap();
        let (ours, theirs) = (Budget::file(&path), Budget::file(&path));
        assert_nine_start(&ours).await;
        assert_eq!(fs::metadata(&path).unwrap().len(), Window::BYTES as u64);
        let soon = tokio::time::timeout(Duration::from_millis(50), theirs.start(Lane::Shared));
        assert!(soon.await.is_err());
        assert!(!is_alone(&ours) && !is_alone(&theirs));
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_used_still_limits_this_process_and_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let of_somebody = vec![b'x'; 5_000];
    fs::write(at("of somebody"), &of_somebody).unwrap();
    fs::write(at("target"), "precious").unwrap();
    symlink(at("target"), at("link")).unwrap();
    symlink(at("nothing"), at("broken link")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    nix::unistd::mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
    for path in [
        at("of somebody"),
        at("link"),
        at("broken link"),
        at("folder"),
        at("fifo"),
        at("target/knack.budget"),
        "/dev/null".into(),
        "/proc/nowhere/knack.budget".into(),
    ] {
        let budget = Budget::file(&path);
        assert_nine_start(&budget).await;
        assert!(is_alone(&budget), "{path:?}");
    }
    assert_eq!(fs::read(at("of somebody")).unwrap(), of_somebody);
    assert_eq!(fs::read(at("target")).unwrap(), b"precious");
    assert!(!at("nothing").exists());
}

#[tokio::test]
async fn a_private_folder_is_made_for_its_user_alone_and_is_not_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let ours = private(at("made/knack.budget"));
    ours.start(Lane::Shared).await;
    assert_eq!(mode(&at("made")), 0o700);
    assert_eq!(mode(&at("made/knack.budget")), 0o600);

    // As versions before this one made it.
    fs::create_dir(at("open")).unwrap();
    fs::set_permissions(at("open"), fs::Permissions::from_mode(0o777)).unwrap();
    let opened = private(at("open/knack.budget"));
    opened.start(Lane::Shared).await;
    assert_eq!(mode(&at("open")), 0o700);
    assert!(!is_alone(&ours) && !is_alone(&opened));

    symlink(at("made"), at("link")).unwrap();
    let linked = private(at("link/knack.budget"));
    assert_nine_start(&linked).await;
    assert!(is_alone(&linked));
}

#[tokio::test]
async fn a_private_folder_of_another_user_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = Some(nix::unistd::Uid::from_raw(65_534));
    // Only root can give a folder away; for everybody else the root folder is another's.
    let others = match nix::unistd::chown(folder.path(), nobody, None) {
        Ok(()) => folder.path(),
        Err(_) => Path::new("/"),
    };
    let budget = private(others.join("knack.budget"));
    assert_nine_start(&budget).await;
    assert!(is_alone(&budget));
    assert!(!others.join("knack.budget").exists());
}
