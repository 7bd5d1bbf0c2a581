//! `/api/sync/runs/{run}/changes`: whose rows a run has changed, and which records need attention.

use std::collections::{BTreeMap, HashMap};

use actix_web::HttpResponse;
use actix_web::web::Data;
use jiff::Timestamp;
use serde::Serialize;
use sync_protocol::{
    AcademicYear, ChangeKind, ChangedTable, KnackRecordId, RecordChange, ScoreValues, SkipReason,
    WarningCode,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::deadline::AnswerDeadline;
use super::extract::{ChangesOf, RunInPath};
use super::openapi::problems::ChangesProblems;
use super::state::AppState;
use crate::changes::{KEPT, KeptRun};
use crate::clock;
use crate::problem::Problem;

type Names = HashMap<KnackRecordId, String>;

/// What a run has changed. At most 5,000 changes are listed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunChanges {
    run_id: Uuid,
    establishment_id: KnackRecordId,
    establishment_uuid: Uuid,
    establishment_name: String,
    academic_year: AcademicYear,
    /// When the run ended.
    #[schema(value_type = String, format = DateTime)]
    ended_at: Timestamp,
    /// When the launcher forgets this, or earlier if it is restarted or there are very many other runs.
    #[schema(value_type = String, format = DateTime)]
    kept_until: Timestamp,
    /// Whose rows were changed.
    students: Vec<StudentChanges>,
    /// How many changes are not listed.
    left_out: u64,
    /// Records that were skipped, by reason.
    skipped: Vec<SkippedRecords>,
    /// What else needs attention, by code.
    warned: Vec<WarnedRecords>,
}

/// What was changed of one student.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StudentChanges {
    /// The student's record in Knack.
    record_id: KnackRecordId,
    /// The name that is stored now; `null` where there is none.
    name: Option<String>,
    /// What was done to the student's own row; `null` if that is as it was.
    student: Option<ChangeKind>,
    /// The columns of that row that changed; never what they hold.
    fields: Vec<String>,
    /// By cycle.
    scores: Vec<ScoreChange>,
    /// By cycle.
    comments: Vec<CommentChange>,
    /// By cycle.
    answers: Vec<AnswersChange>,
}

/// The scores of one cycle, before and after.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScoreChange {
    cycle: u8,
    /// `null` where none were stored.
    old: Option<ScoreValues>,
    /// `null` where the refresh did not report them.
    new: Option<ScoreValues>,
}

/// Comments of one cycle.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommentChange {
    cycle: u8,
    /// Whether all of them are new.
    change: ChangeKind,
    /// Which: `rrc` (reflections) or `goal`. Never what they say.
    kinds: Vec<String>,
}

/// Answers of one cycle.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnswersChange {
    cycle: u8,
    /// Whether all of them are new.
    change: ChangeKind,
    /// How many; never what they are.
    count: u32,
}

/// Records that were skipped for one reason.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SkippedRecords {
    reason: SkipReason,
    /// How many there are.
    count: u64,
    /// The first 100 of them.
    records: Vec<NamedRecord>,
}

/// Something that needs attention.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WarnedRecords {
    code: WarningCode,
    /// A sentence for a person.
    message: String,
    /// How many times it happened.
    count: u64,
    /// The first 100 records concerned; none if it is about the whole refresh.
    records: Vec<NamedRecord>,
}

/// A record in Knack.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedRecord {
    record_id: KnackRecordId,
    /// The name that is stored for it; `null` where none is.
    name: Option<String>,
}

/// What a run has changed
///
/// Kept in the launcher's memory for 24 hours after the run. Names are read from Supabase for this answer.
#[utoipa::path(
    get,
    path = "/api/sync/runs/{run}/changes",
    operation_id = "showChanges",
    tag = "runs",
    params(RunInPath),
    responses(
        (status = 200, description = "The changes", body = RunChanges),
        ChangesProblems,
    ),
)]
pub(crate) async fn changes(
    state: Data<AppState>,
    asked: ChangesOf,
) -> Result<HttpResponse, Problem> {
    let run = asked.run();
    let year = run
        .year
        .unwrap_or_else(|| run.school.academic_year(clock::now()));
    let reading = async {
        let names = state.services.names.of(&run.school, year, run.records());
        names.await.map_err(Problem::database_unavailable)
    };
    let names = AnswerDeadline::start().within(reading).await?;
    Ok(HttpResponse::Ok().json(RunChanges {
        run_id: run.run_id,
        establishment_id: run.school.knack_id,
        establishment_uuid: run.school.id,
        establishment_name: run.school.name.clone(),
        academic_year: year,
        ended_at: run.ended_at,
        kept_until: run.ended_at.saturating_add(KEPT).unwrap_or(run.ended_at),
        students: students(&run.report.entries, &names),
        left_out: run.report.left_out,
        skipped: skipped(run, &names),
        warned: warned(run, &names),
    }))
}

fn students(entries: &[RecordChange], names: &Names) -> Vec<StudentChanges> {
    let mut students: BTreeMap<KnackRecordId, StudentChanges> = BTreeMap::new();
    for entry in entries {
        let id = entry.record_id;
        let student = students.entry(id);
        let student = student.or_insert_with(|| StudentChanges::none(id, names.get(&id).cloned()));
        student.add(entry);
    }
    students.into_values().collect()
}

impl StudentChanges {
    fn none(record_id: KnackRecordId, name: Option<String>) -> Self {
        Self {
            record_id,
            name,
            student: None,
            fields: Vec::new(),
            scores: Vec::new(),
            comments: Vec::new(),
            answers: Vec::new(),
        }
    }

    fn add(&mut self, entry: &RecordChange) {
        let (change, cycle) = (entry.kind, entry.cycle.unwrap_or_default());
        match entry.table {
            ChangedTable::Students => {
                self.student = Some(change);
                self.fields.clone_from(&entry.fields);
            }
            ChangedTable::VespaScores => self.scores.push(ScoreChange {
                cycle,
                old: entry.scores.and_then(|scores| scores.old),
                new: entry.scores.map(|scores| scores.new),
            }),
            ChangedTable::Comments => self.comments.push(CommentChange {
                cycle,
                change,
                kinds: entry.fields.clone(),
            }),
            ChangedTable::QuestionResponses => self.answers.push(AnswersChange {
                cycle,
                change,
                count: entry.answers.unwrap_or_default(),
            }),
        }
    }
}

fn skipped(run: &KeptRun, names: &Names) -> Vec<SkippedRecords> {
    let skipped = run.skipped.iter();
    skipped
        .map(|it| SkippedRecords {
            reason: it.reason,
            count: it.count,
            records: named(&it.record_ids, names),
        })
        .collect()
}

fn warned(run: &KeptRun, names: &Names) -> Vec<WarnedRecords> {
    let warnings = run.warnings.iter();
    warnings
        .map(|it| WarnedRecords {
            code: it.code,
            message: it.message.clone(),
            count: it.count,
            records: named(&it.record_ids, names),
        })
        .collect()
}

fn named(records: &[KnackRecordId], names: &Names) -> Vec<NamedRecord> {
    let with_name = |record_id: &KnackRecordId| NamedRecord {
        record_id: *record_id,
        name: names.get(record_id).cloned(),
    };
    records.iter().map(with_name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use sync_protocol::ScoresChanged;

    use super::*;

    #[test]
    fn the_changes_of_a_student_are_one_entry_with_the_name_that_is_stored() {
        let [ann, ben] = [1, 2].map(|n| format!("{n:024x}").parse().unwrap());
        let change = |record_id, table, cycle| RecordChange {
            record_id,
            table,
            cycle,
            kind: ChangeKind::Updated,
            scores: None,
            fields: Vec::new(),
            answers: None,
        };
        let scores = |vision| ScoreValues {
            vision: Some(vision),
            ..ScoreValues::default()
        };
        let entries = [
            RecordChange {
                fields: vec!["name".to_owned()],
                ..change(ann, ChangedTable::Students, None)
            },
            RecordChange {
                scores: Some(ScoresChanged {
                    old: Some(scores(3)),
                    new: scores(4),
                }),
                ..change(ann, ChangedTable::VespaScores, Some(2))
            },
            RecordChange {
                answers: Some(31),
                ..change(ben, ChangedTable::QuestionResponses, Some(1))
            },
            RecordChange {
                fields: vec!["goal".to_owned()],
                ..change(ben, ChangedTable::Comments, Some(1))
            },
        ];
        let students = students(&entries, &[(ann, "Ann Other".to_owned())].into());
        let students = serde_json::to_value(students).unwrap();
        assert_eq!(students[0]["name"], "Ann Other");
        assert_eq!(students[0]["student"], "updated");
        assert_eq!(students[0]["fields"], json!(["name"]));
        assert_eq!(students[0]["scores"][0]["cycle"], 2);
        assert_eq!(students[0]["scores"][0]["old"]["vision"], 3);
        assert_eq!(students[0]["scores"][0]["new"]["vision"], 4);
        assert_eq!(students[1]["name"], Value::Null);
        assert_eq!(students[1]["student"], Value::Null);
        let answers = json!([{"cycle": 1, "change": "updated", "count": 31}]);
        assert_eq!(students[1]["answers"], answers);
        let comments = json!([{"cycle": 1, "change": "updated", "kinds": ["goal"]}]);
        assert_eq!(students[1]["comments"], comments);
        assert_eq!(students.as_array().map(Vec::len), Some(2));
    }
}
