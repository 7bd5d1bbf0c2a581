//! Others write to Supabase during a refresh: the questionnaire above all. Nothing newer is overwritten.

use std::collections::HashMap;
use std::time::Duration;

use e2e::{Stage, until, warned};
use sandbox::data::Pupil;
use sandbox::knack::{Fault, Kind, KnackRule};
use sandbox::proxy::{Fault as Outage, ProxyRule};
use serde_json::{Value, json};
use sync_protocol::WarningCode;

/// Knack takes so long that others can write between our reading and our writing.
fn slow_knack(stage: &Stage) {
    let slow = KnackRule::new(Fault::Delay(Duration::from_secs(2)));
    stage.knack.inject(slow.on(Kind::Page));
}

/// Waits until the refresh has read what Supabase holds of the school.
async fn until_read(stage: &Stage, before: usize) {
    until("the stored students are read", || {
        let seen = stage.proxy.seen();
        let read = |seen: &&sandbox::proxy::Seen| {
            seen.method == "GET" && seen.table() == "students" && seen.status.is_some()
        };
        seen.iter().skip(before).filter(read).count() > 0
    })
    .await;
}

/// Sets the vision of a pupil's first cycle, as the questionnaire does, whether the row is there or not.
async fn questionnaire(stage: &Stage, pupil: &Pupil, vision: i64) {
    let statement = format!(
        "insert into vespa_scores (student_id, cycle, vision, effort, systems, practice, attitude, overall, completion_date, academic_year)
         select id, 1, {vision}, 5, 5, 5, 5, 5, current_date, academic_year from students where email = $1
         on conflict (student_id, cycle, academic_year) do update set vision = excluded.vision"
    );
    let written = stage
        .db
        .execute(&statement, &stage.email(local(pupil)))
        .await;
    assert_eq!(written, 1);
}

fn local(pupil: &Pupil) -> &str {
    let email = pupil.email.as_deref().expect("it has an e-mail");
    email.split('@').next().expect("a part before the @")
}

async fn vision(stage: &Stage, pupil: &Pupil) -> Value {
    let query = "select vision from vespa_scores where cycle = 1
                 and student_id = (select id from students where email = $1)";
    let rows = stage.db.json(query, &stage.email(local(pupil))).await;
    rows.first()
        .map_or(Value::Null, |row| row["vision"].clone())
}

#[tokio::test]
async fn a_score_that_the_questionnaire_writes_meanwhile_is_kept_and_named() {
    let stage = Stage::with_class(20).await;
    stage.run().await.expect_code(0);
    let (five, six) = (stage.pupil(5), stage.pupil(6));
    for pupil in [&five, &six] {
        let changed = pupil.clone().scored(1, [9, 9, 9, 9, 9, 9]);
        stage.knack.put("object_10", stage.record(changed));
    }
    slow_knack(&stage);
    let before = stage.proxy.seen().len();
    let refresh = stage.refresh();

    let others = async {
        until_read(&stage, before).await;
        questionnaire(&stage, &five, 2).await;
    };
    let (run, ()) = tokio::join!(refresh.run(), others);

    let summary = run.expect_code(0);
    assert_eq!(vision(&stage, &five).await, json!(2), "theirs");
    assert_eq!(vision(&stage, &six).await, json!(9), "Knack's");
    assert_eq!(summary.changes.vespa_scores.updated, 1);
    let kept = vec![five.record_id.clone()];
    assert_eq!(warned(&summary), [(WarningCode::ChangedMeanwhile, kept)]);

    // The next refresh sees both sides at leisure.
    stage.knack.clear_faults();
    stage.run().await.expect_code(0);
    assert_eq!(vision(&stage, &five).await, json!(9));
}

#[tokio::test]
async fn a_score_that_the_questionnaire_adds_meanwhile_is_kept_and_named() {
    let stage = Stage::with_pupils([Pupil::new(1), Pupil::new(2)]).await;
    let (one, two) = (stage.pupil(1), stage.pupil(2));
    for pupil in [&one, &two] {
        let unscored = pupil.clone().completed(stage.today).unscored();
        stage.knack.put("object_10", stage.record(unscored));
    }
    stage.run().await.expect_code(0);
    for pupil in [&one, &two] {
        let scored = pupil.clone().completed(stage.today).scored(1, [9; 6]);
        stage.knack.put("object_10", stage.record(scored));
    }
    slow_knack(&stage);
    let before = stage.proxy.seen().len();
    let refresh = stage.refresh();

    let others = async {
        until_read(&stage, before).await;
        questionnaire(&stage, &one, 2).await;
    };
    let (run, ()) = tokio::join!(refresh.run(), others);

    let summary = run.expect_code(0);
    assert_eq!(vision(&stage, &one).await, json!(2), "theirs");
    assert_eq!(vision(&stage, &two).await, json!(9), "Knack's");
    assert_eq!(summary.changes.vespa_scores.inserted, 1);
    let kept = vec![one.record_id.clone()];
    assert_eq!(warned(&summary), [(WarningCode::ChangedMeanwhile, kept)]);
}

#[tokio::test]
async fn what_others_write_while_an_outage_is_waited_out_is_kept() {
    let stage = Stage::with_class(20).await;
    stage.run().await.expect_code(0);
    let (five, six) = (stage.pupil(5), stage.pupil(6));
    for pupil in [&five, &six] {
        let changed = pupil.clone().scored(1, [9, 9, 9, 9, 9, 9]);
        stage.knack.put("object_10", stage.record(changed));
    }
    let away = ProxyRule::new(Outage::GatewayHtml { code: 540 });
    let away = away.on("POST", "vespa_scores");
    stage.proxy.inject(away.lasting(Duration::from_secs(5)));
    let before = stage.proxy.writes().len();
    let refresh = stage.refresh().env("SYNC_OUTAGE_PATIENCE_SECONDS", "90");

    let others = async {
        until("a write has failed", || {
            let writes = stage.proxy.writes();
            let scores = writes.iter().skip(before);
            scores.filter(|seen| seen.table() == "vespa_scores").count() > 0
        })
        .await;
        questionnaire(&stage, &five, 2).await;
    };
    let (run, ()) = tokio::join!(refresh.run(), others);

    let summary = run.expect_code(0);
    assert_eq!(vision(&stage, &five).await, json!(2), "theirs");
    assert_eq!(vision(&stage, &six).await, json!(9), "Knack's");
    let kept = vec![five.record_id.clone()];
    assert_eq!(warned(&summary), [(WarningCode::ChangedMeanwhile, kept)]);
}

#[tokio::test]
async fn a_student_whom_the_questionnaire_adds_meanwhile_is_kept_and_named() {
    let stage = Stage::with_class(3).await;
    slow_knack(&stage);
    let refresh = stage.refresh();

    let others = async {
        until_read(&stage, 0).await;
        let email = stage.email("p002");
        let columns = json!({"name": "Theirs", "knack_id": stage.pupil(2).record_id, "establishment_id": stage.id});
        stage.store_student(&email, columns).await;
        questionnaire(&stage, &stage.pupil(2), 2).await;
    };
    let (run, ()) = tokio::join!(refresh.run(), others);

    let summary = run.expect_code(0);
    assert_eq!(summary.changes.students.inserted, 2);
    assert_eq!(vision(&stage, &stage.pupil(2)).await, json!(2), "theirs");
    let students = stage.students().await;
    let theirs = students.iter().filter(|row| row["name"] == "Theirs");
    assert_eq!(theirs.count(), 1, "{students:?}");
    let kept = (
        WarningCode::ChangedMeanwhile,
        vec![stage.pupil(2).record_id.clone()],
    );
    assert!(warned(&summary).contains(&kept), "{summary:?}");
}

/// What the questionnaire has written during a refresh.
struct Written {
    /// How many requests of the refresh had come by the time this was stored, by the pupil's number.
    requests_before: HashMap<u64, usize>,
}

/// Writes the scores of 465 pupils one after the other, those of some twice: 250 before Knack answers, and the others as they
/// come.
async fn write_500(stage: &Stage, before: usize) -> Written {
    let mut requests_before = HashMap::new();
    until_read(stage, before).await;
    for n in 0..500 {
        let pupil = 1 + n % 465;
        questionnaire(stage, &stage.pupil(pupil), 2).await;
        requests_before.insert(pupil, stage.proxy.seen().len());
        if n == 250 {
            stage.knack.clear_faults();
        }
    }
    Written { requests_before }
}

/// The number of requests up to the last one that read this student's scores again.
fn last_reading(requests: &[sandbox::proxy::Seen], student: &str) -> Option<usize> {
    let names = |seen: &sandbox::proxy::Seen, parameter: &str, part: &str| {
        seen.parameter(parameter)
            .is_some_and(|it| it.contains(part))
    };
    let reads_it = |seen: &sandbox::proxy::Seen| {
        seen.method == "GET" && names(seen, "select", "vespa_scores") && names(seen, "id", student)
    };
    let last = requests.iter().rposition(reads_it)?;
    Some(last + 1)
}

#[tokio::test]
async fn of_500_scores_that_are_written_during_a_refresh_none_is_lost_but_in_the_very_last_request()
{
    let stage = Stage::with_class(465).await;
    stage.run().await.expect_code(0);
    for n in 1..=465 {
        let changed = stage.pupil(n).scored(1, [9, 9, 9, 9, 9, 9]);
        stage.knack.put("object_10", stage.record(changed));
    }
    let students: HashMap<String, String> = stage
        .identities()
        .await
        .into_iter()
        .map(|(id, email, _)| (email, id.to_string()))
        .collect();
    let away = Fault::Status {
        code: 503,
        body: String::new(),
    };
    stage
        .knack
        .inject(KnackRule::new(away).on(Kind::Page).object("object_10"));
    let before = stage.proxy.seen().len();
    let refresh = stage.refresh().env("SYNC_OUTAGE_PATIENCE_SECONDS", "240");

    let (run, written) = tokio::join!(refresh.run(), write_500(&stage, before));

    let summary = run.expect_code(0);
    let requests = stage.proxy.seen();
    let (mut early, mut kept, mut lost) = (0, 0, 0);
    for n in 1..=465 {
        let pupil = stage.pupil(n);
        let student = &students[&stage.email(local(&pupil))];
        let read = last_reading(&requests, student)
            .expect("scores are read again before they are written");
        let is_early = written.requests_before[&n] < read;
        let is_kept = vision(&stage, &pupil).await == json!(2);
        assert!(
            is_kept || !is_early,
            "pupil {n} was stored before the last reading"
        );
        early += u64::from(is_early);
        kept += u64::from(is_kept);
        lost += u64::from(!is_kept);
    }
    println!(
        "{early} stored before the last reading, {kept} kept, {lost} lost during the last request"
    );
    assert!(early >= 250, "{early}");
    let warnings = summary.warnings.iter();
    let named = warnings.filter(|it| it.code == WarningCode::ChangedMeanwhile);
    let named: u64 = named.map(|it| it.count).sum();
    assert!((early..=kept).contains(&named), "{early}, {named}, {kept}");
    assert_eq!(named + summary.changes.vespa_scores.updated, 465);
}

#[tokio::test]
async fn a_steady_state_reads_nothing_again() {
    let stage = Stage::with_class(20).await;
    stage.run().await.expect_code(0);
    let before = stage.proxy.seen().len();

    stage.run().await.expect_code(0);

    let seen = stage.proxy.seen();
    let reads = seen.iter().skip(before).filter(|seen| seen.method == "GET");
    assert_eq!(
        reads.count(),
        4,
        "the school, its students, their answers, its figures"
    );
}
