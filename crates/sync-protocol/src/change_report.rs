//! Which pupils' rows a refresh has changed, or would change: for whoever may see the school, by their records in Knack.
//!
//! Personal data: scores may be in it. So it is part of the one document on stdout, only where it was asked for, and of no log,
//! log row or progress event.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::KnackRecordId;

/// At most this many changes are listed in one [`ChangeReport`]; `left_out` counts the others.
pub const MAX_CHANGES: usize = 5_000;

/// What a refresh has changed: rows that were really saved, or those that a dry run would save.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeReport {
    /// One a student, table and cycle, by record id, table and cycle; the first 5,000.
    pub entries: Vec<RecordChange>,
    /// How many more there are.
    pub left_out: u64,
    /// The students' names by record, where personal data was asked for: only a dry run with `--show-personal-data` has them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<KnackRecordId, String>,
}

/// What has changed for one student in one table and cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RecordChange {
    /// The student's record in Knack.
    pub record_id: KnackRecordId,
    /// The table.
    pub table: ChangedTable,
    /// The cycle, 1 to 3; absent for `students`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<u8>,
    /// `inserted` where all rows of it are new.
    pub kind: ChangeKind,
    /// Of `vespa_scores`: the scores before and after. Absent in a dry run without `--show-personal-data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<ScoresChanged>,
    /// Of an updated student: the columns that changed. Of `comments`: which ones, `rrc` or `goal`. Never what they hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Of `question_responses`: how many answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<u32>,
}

/// A table whose changes are reported. In this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangedTable {
    /// Table `students`.
    Students,
    /// Table `vespa_scores`.
    VespaScores,
    /// Table `student_comments`.
    Comments,
    /// Table `question_responses`.
    QuestionResponses,
}

/// Whether rows are new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// They were not stored before.
    Inserted,
    /// At least one of them was stored, and differed.
    Updated,
}

/// A cycle's scores before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ScoresChanged {
    /// What was stored; absent where nothing was, or where it was another student's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<ScoreValues>,
    /// What is stored now.
    pub new: ScoreValues,
}

/// The scores of one cycle, 0 to 10; `null` where nothing was answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ScoreValues {
    /// Vision.
    pub vision: Option<u8>,
    /// Effort.
    pub effort: Option<u8>,
    /// Systems.
    pub systems: Option<u8>,
    /// Practice.
    pub practice: Option<u8>,
    /// Attitude.
    pub attitude: Option<u8>,
    /// Overall.
    pub overall: Option<u8>,
}

impl RecordChange {
    /// By which changes are sorted, and told apart.
    pub fn key(&self) -> (KnackRecordId, ChangedTable, Option<u8>) {
        (self.record_id, self.table, self.cycle)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RECORD: &str = "61680fc13a0bfd001e8ca3ca";

    fn change(table: ChangedTable, cycle: Option<u8>, kind: ChangeKind) -> RecordChange {
        RecordChange {
            record_id: RECORD.parse().unwrap(),
            table,
            cycle,
            kind,
            scores: None,
            fields: Vec::new(),
            answers: None,
        }
    }

    fn scores(vision: u8) -> ScoreValues {
        ScoreValues {
            vision: Some(vision),
            ..ScoreValues::default()
        }
    }

    #[test]
    fn what_does_not_concern_a_table_is_not_said_of_it_and_everything_is_read_back() {
        let score = |vision: Option<u8>| json!({"vision": vision, "effort": null, "systems": null, "practice": null, "attitude": null, "overall": null});
        let entries = vec![
            RecordChange {
                fields: vec!["name".to_owned()],
                ..change(ChangedTable::Students, None, ChangeKind::Updated)
            },
            RecordChange {
                scores: Some(ScoresChanged {
                    old: Some(scores(3)),
                    new: scores(4),
                }),
                ..change(ChangedTable::VespaScores, Some(1), ChangeKind::Updated)
            },
            RecordChange {
                scores: Some(ScoresChanged {
                    old: None,
                    new: scores(4),
                }),
                ..change(ChangedTable::VespaScores, Some(2), ChangeKind::Inserted)
            },
            RecordChange {
                answers: Some(31),
                ..change(
                    ChangedTable::QuestionResponses,
                    Some(2),
                    ChangeKind::Inserted,
                )
            },
        ];
        let report = ChangeReport {
            entries,
            left_out: 2,
            names: BTreeMap::new(),
        };
        let written = serde_json::to_value(&report).unwrap();
        assert_eq!(
            written,
            json!({"entries": [
                {"record_id": RECORD, "table": "students", "kind": "updated", "fields": ["name"]},
                {"record_id": RECORD, "table": "vespa_scores", "cycle": 1, "kind": "updated",
                 "scores": {"old": score(Some(3)), "new": score(Some(4))}},
                {"record_id": RECORD, "table": "vespa_scores", "cycle": 2, "kind": "inserted",
                 "scores": {"new": score(Some(4))}},
                {"record_id": RECORD, "table": "question_responses", "cycle": 2, "kind": "inserted", "answers": 31},
            ], "left_out": 2})
        );
        assert_eq!(
            serde_json::from_value::<ChangeReport>(written).unwrap(),
            report
        );
    }

    #[test]
    fn a_full_report_stays_below_two_megabytes() {
        let largest = RecordChange {
            scores: Some(ScoresChanged {
                old: Some(scores(10)),
                new: scores(10),
            }),
            ..change(ChangedTable::VespaScores, Some(3), ChangeKind::Updated)
        };
        let report = ChangeReport {
            entries: vec![largest; MAX_CHANGES],
            left_out: u64::MAX,
            names: BTreeMap::new(),
        };
        assert!(serde_json::to_vec(&report).unwrap().len() < 2_000_000);
    }
}
