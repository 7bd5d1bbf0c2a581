//! Brother and sister with one e-mail, a parent's: whatever happens in Knack, nobody ever shows the other's scores, and
//! whoever is not shown is named.

mod added_meanwhile;
mod answers;
mod met;
mod three;
mod unsigned;

use std::collections::BTreeMap;

use e2e::{Stage, changes, postgrest_error, skipped, warned};
use sandbox::data::{Pupil, record_id};
use sandbox::proxy::ProxyRule;
use serde_json::{Value, json};
use sync_protocol::{SkipReason, Summary, WarningCode};

const ANNS: [i64; 6] = [1; 6];
const BENS: [i64; 6] = [9; 6];

fn ann(stage: &Stage, email: &str) -> Pupil {
    Pupil::new(1)
        .email(email)
        .named("Ann", "Other")
        .completed(stage.year.first_day())
        .scored(1, ANNS)
}

fn ben(stage: &Stage, email: &str) -> Pupil {
    Pupil::new(2)
        .email(email)
        .named("Ben", "Other")
        .completed(stage.year.last_day())
        .scored(1, BENS)
}

/// Last year's, so that every day of it can be used.
async fn stage() -> Stage {
    Stage::builder().last_year().start([]).await
}

fn remove(stage: &Stage, pupil: &Pupil) {
    stage.knack.remove("object_10", &pupil.record_id);
}

fn expect_named(summary: &Summary, shown: &Pupil, skipped_one: &Pupil) {
    assert_eq!(
        skipped(summary),
        [(
            SkipReason::EmailOfAnotherStudent,
            vec![skipped_one.record_id.clone()]
        )]
    );
    assert_eq!(
        warned(summary),
        [(
            WarningCode::EmailOfAnotherStudent,
            vec![shown.record_id.clone()]
        )]
    );
}

async fn expect_shown(stage: &Stage, pupil: &Pupil) {
    assert_eq!(stage.students().await, [stage.student_row(pupil)]);
    assert_eq!(stage.scores().await, stage.score_rows(pupil));
}

/// Who of a family is in Knack at each of three runs.
#[derive(Debug, Clone, Copy)]
struct Member {
    is_there: [bool; 3],
    cycles: u8,
    completed_first: bool,
}

/// Every order of coming and going, with every length of either's history, and with either completed first.
fn families() -> Vec<[Member; 2]> {
    let bit = |number: u32, bit: u32| number >> bit & 1 == 1;
    let family = |number: u32| {
        let member = |at: u32| Member {
            is_there: [0, 1, 2].map(|run| bit(number, at * 3 + run)),
            cycles: if bit(number, 6 + at) { 2 } else { 1 },
            completed_first: bit(number, 8) == (at == 0),
        };
        [member(0), member(1)]
    };
    (0..1 << 9).map(family).collect()
}

fn pupil(stage: &Stage, family: usize, at: usize, member: Member) -> Pupil {
    let email = format!("family{family}");
    let (named, scores) = [(ann(stage, &email), ANNS), (ben(stage, &email), BENS)][at].clone();
    let day = if member.completed_first {
        stage.year.first_day()
    } else {
        stage.year.last_day()
    };
    let pupil = Pupil {
        record_id: record_id(1_000 + 2 * family as u64 + at as u64),
        ..named.completed(day)
    };
    (1..=member.cycles).fold(pupil, |pupil, cycle| pupil.scored(cycle, scores))
}

#[tokio::test]
async fn nobody_shows_the_others_scores_in_whatever_order_they_come_and_go() {
    let stage = stage().await;
    let families = families();
    for run in 0..3 {
        let mut in_knack = 0;
        for (number, family) in families.iter().enumerate() {
            for (at, member) in family.iter().enumerate() {
                let pupil = pupil(&stage, number, at, *member);
                if member.is_there[run] {
                    in_knack += 1;
                    stage.put(&pupil);
                } else if run > 0 && member.is_there[run - 1] {
                    remove(&stage, &pupil);
                }
            }
        }
        let before = records_by_email(&stage).await;

        let summary = stage.run().await.expect_code(0);

        let skipped: u64 = summary.skipped.iter().map(|it| it.count).sum();
        assert_eq!(summary.students_synced + skipped, in_knack);
        assert!(
            summary
                .skipped
                .iter()
                .all(|it| it.reason == SkipReason::EmailOfAnotherStudent)
        );
        let scores = stage.scores().await;
        for row in stage.students().await {
            let own = match row["name"].as_str() {
                Some("Ann Other") => ANNS[0],
                _ => BENS[0],
            };
            let of_row = scores.iter().filter(|it| it["email"] == row["email"]);
            assert!(of_row.clone().count() > 0);
            for scores in of_row {
                assert_eq!(scores["vision"], own, "run {run}: {row} {scores}");
            }
        }
        let after = records_by_email(&stage).await;
        for (number, family) in families.iter().enumerate() {
            let records = [0, 1].map(|at| pupil(&stage, number, at, family[at]).record_id);
            let email = stage.email(&format!("family{number}"));
            let there = [0, 1].map(|at| family[at].is_there[run]);
            let had = before.get(&email).map(|id| *id == json!(records[1]));
            let has = after.get(&email).map(|id| *id == json!(records[1]));
            let case = format!("run {run}: {family:?}");
            match (had, there) {
                // Nothing was stored: who is there is, and of both the one completed first.
                (None, [false, false]) => assert_eq!(has, None, "{case}"),
                (None, [ann, ben]) => {
                    let is_bens = ben && !(ann && family[0].completed_first);
                    assert_eq!(has, Some(is_bens), "{case}");
                }
                (Some(was_bens), there) => {
                    let owner = usize::from(was_bens);
                    let takes_over = !there[owner]
                        && there[1 - owner]
                        && family[1 - owner].cycles >= family[owner].cycles;
                    assert_eq!(has, Some(was_bens != takes_over), "{case}");
                }
            }
        }
        assert_eq!(
            changes(&stage.run().await.expect_code(0))
                .map(|[inserted, updated, _]| inserted + updated),
            [0; 3]
        );
    }
}

async fn records_by_email(stage: &Stage) -> BTreeMap<String, Value> {
    let rows = stage.students().await;
    let email = |row: &Value| row["email"].as_str().unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| (email(row), row["knack_id"].clone()))
        .collect()
}

#[tokio::test]
async fn a_row_stays_its_pupils_and_the_other_is_named() {
    let stage = stage().await;
    let ann = ann(&stage, "family").scored(2, ANNS);
    let ben = ben(&stage, "family");
    stage.put(&ann);
    stage.run().await.expect_code(0);
    stage.put(&ben);

    let summary = stage.run().await.expect_code(0);

    expect_named(&summary, &ann, &ben);
    expect_shown(&stage, &ann).await;

    // Ann leaves. Her second cycle would be left under Ben's name.
    remove(&stage, &ann);
    let summary = stage.run().await.expect_code(0);
    expect_named(&summary, &ann, &ben);
    expect_shown(&stage, &ann).await;

    let ben = ben.scored(2, BENS);
    stage.put(&ben);
    let summary = stage.run().await.expect_code(0);
    assert_eq!(skipped(&summary), []);
    expect_shown(&stage, &ben).await;
}

#[tokio::test]
async fn a_comment_is_not_left_under_the_others_name() {
    let stage = stage().await;
    let ann = ann(&stage, "family").aimed(1, "Ann's aim");
    stage.put(&ann);
    stage.run().await.expect_code(0);
    remove(&stage, &ann);
    let ben = ben(&stage, "family");
    stage.put(&ben);

    expect_named(&stage.run().await.expect_code(0), &ann, &ben);
    assert_eq!(stage.comments().await, stage.comment_rows(&ann));

    let ben = ben.aimed(1, "Ben's aim");
    stage.put(&ben);
    stage.run().await.expect_code(0);
    expect_shown(&stage, &ben).await;
    assert_eq!(stage.comments().await, stage.comment_rows(&ben));
}

#[tokio::test]
async fn a_row_that_cannot_be_renamed_gets_none_of_the_others_scores() {
    let stage = stage().await;
    let ann = ann(&stage, "family");
    stage.put(&ann);
    stage.run().await.expect_code(0);
    remove(&stage, &ann);
    let ben = ben(&stage, "family");
    stage.put(&ben);
    let refused = ProxyRule::new(postgrest_error(400, "P0001", "no such name"));
    stage
        .proxy
        .inject(refused.on("POST", "students").body("Ben Other"));

    let summary = stage.run().await.expect_code(9);

    assert_eq!(
        warned(&summary),
        [(WarningCode::RowRefused, vec![ben.record_id])]
    );
    expect_shown(&stage, &ann).await;
}

#[tokio::test]
async fn once_each_has_an_email_both_have_a_row() {
    for ann_moves in [true, false] {
        let stage = stage().await;
        let ann = ann(&stage, "family").scored(2, ANNS);
        let ben = ben(&stage, "family");
        stage.put(&ann);
        stage.run().await.expect_code(0);
        stage.put(&ben);
        stage.run().await.expect_code(0);
        let (ann, ben) = if ann_moves {
            (ann.email("ann"), ben)
        } else {
            (ann, ben.email("ben"))
        };
        stage.put(&ann);
        stage.put(&ben);

        let summary = stage.run().await.expect_code(0);

        assert_eq!(skipped(&summary), []);
        let mut both = [&ann, &ben];
        both.sort_by_key(|pupil| pupil.email.clone());
        assert_eq!(
            stage.students().await,
            both.map(|pupil| stage.student_row(pupil))
        );
        assert_eq!(
            stage.scores().await,
            both.map(|pupil| stage.score_rows(pupil)).concat()
        );
    }
}

#[tokio::test]
async fn a_row_without_a_school_is_not_adopted_by_another_pupil() {
    let stage = stage().await;
    let ben = ben(&stage, "family");
    stage.put(&ben);
    let columns = json!({"establishment_id": null, "name": "Ann Other"});
    let orphan = stage.store_student(&stage.email("family"), columns).await;
    stage.store_scores(orphan, 2, ANNS, None).await;
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(
        skipped(&summary),
        [(SkipReason::EmailOfAnotherStudent, vec![ben.record_id])]
    );
    assert_eq!(stage.everything().await, before);
    assert_eq!(stage.students().await, [] as [Value; 0]);
}

#[tokio::test]
async fn one_pupil_with_two_records_is_still_one_however_the_name_is_written() {
    for (first, last) in [
        ("Ann", "Smith"),
        ("ann", "OTHER"),
        ("Other", "Ann"),
        ("A.", "Other"),
        ("Annabel", "Other"),
        ("Mary Ann", "Other"),
        ("", ""),
    ] {
        let stage = stage().await;
        let earlier = ann(&stage, "ann");
        stage.put(&earlier);
        let later = ben(&stage, "ann").named(first, last);
        stage.put(&later);

        let summary = stage.run().await.expect_code(0);

        let name = format!("{first} {last}");
        assert_eq!(
            skipped(&summary),
            [(SkipReason::DuplicateEmail, vec![earlier.record_id])],
            "{name}"
        );
        assert_eq!(stage.scores().await, stage.score_rows(&later), "{name}");
    }
}
