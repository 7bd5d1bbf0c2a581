use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::Budget;

const A_DAY: Duration = Duration::from_hours(24);

#[test]
fn only_what_lies_within_the_next_day_is_believed() {
    let day = millis(A_DAY);
    let now = 10 * day;
    let entries = |times: &[Millis]| {
        let all: Vec<_> = (0..).map(Due).zip(times.iter().copied()).collect();
        from_bytes(&to_bytes(&all), now)
            .into_iter()
            .map(|(Due(what), _)| what)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        entries(&[now, now + 1, now + day, now + day + 1, now - 1, 0, u64::MAX]),
        [1, 2]
    );
    for damaged in [
        &b"damaged"[..],
        &[0xff; 8],
        &[0xff; 24],
        &[0; 16 * (MOST + 1)],
    ] {
        assert_eq!(from_bytes(damaged, now), []);
    }
}

#[tokio::test]
async fn what_one_process_has_done_is_not_due_for_the_next_and_other_things_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("knack.budget");
    let (ours, theirs) = (Budget::file(&path), Budget::file(&path));
    let mut schedule = ours.schedule().await;
    assert!(schedule.is_due(Due(1)) && schedule.is_due(Due(2)));
    schedule.done(Due(1), A_DAY);
    drop(schedule);
    let mut schedule = theirs.schedule().await;
    assert!(!schedule.is_due(Due(1)) && schedule.is_due(Due(2)));
    // Of many things, the oldest is forgotten, and never what was just done.
    for what in 10..40 {
        schedule.done(Due(what), A_DAY);
    }
    drop(schedule);
    let schedule = ours.schedule().await;
    assert!(schedule.is_due(Due(1)) && !schedule.is_due(Due(39)));
    assert_eq!(
        fs::metadata(folder.path().join("knack.budget.due"))
            .unwrap()
            .len(),
        16 * MOST as u64
    );
}

#[tokio::test]
async fn whoever_comes_second_waits_for_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("knack.budget");
    let (ours, theirs) = (Budget::file(&path), Budget::file(&path));
    let mut first = ours.schedule().await;
    let second = tokio::spawn(async move { theirs.schedule().await.is_due(Due(1)) });
    tokio::time::sleep(2 * LOCK_RETRY).await;
    assert!(!second.is_finished());
    first.done(Due(1), A_DAY);
    drop(first);
    assert!(!second.await.unwrap());
}

#[tokio::test]
async fn a_link_in_its_place_is_not_followed_and_everything_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("precious"), "precious").unwrap();
    symlink(at("precious"), at("knack.budget.due")).unwrap();
    let budget = Budget::file(at("knack.budget"));
    for _ in 0..2 {
        let mut schedule = budget.schedule().await;
        assert!(schedule.is_due(Due(1)));
        schedule.done(Due(1), A_DAY);
    }
    assert_eq!(fs::read(at("precious")).unwrap(), b"precious");
}
