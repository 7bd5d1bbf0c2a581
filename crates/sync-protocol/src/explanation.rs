//! What a refresh would do with one record or e-mail, and why: the answer of `--explain`.
//!
//! For whoever may see the school: it may hold a pupil's name and scores, so it is printed on stdout and in no log. Of another
//! school it says no more than that it is another one.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AcademicYear, KnackRecordId, RecordChange};

/// What a refresh would do with what was asked for, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The school's Knack id.
    pub establishment_id: KnackRecordId,
    /// The school's Supabase id.
    pub establishment_uuid: Uuid,
    /// The year that a refresh concerns.
    pub academic_year: AcademicYear,
    /// The rule that decides.
    pub verdict: ExplainVerdict,
    /// The same for a person: what it means, and what to do.
    pub sentence: String,
    /// What a refresh would do with it now.
    pub outcome: ExplainOutcome,
    /// What the verdict follows from, in the order in which a refresh decides.
    pub facts: Vec<Fact>,
    /// The record in Knack that this is about, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_id: Option<KnackRecordId>,
    /// The name on the record, or on the stored row. Never that of another school's pupil.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What a refresh would save for this student now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<RecordChange>,
}

/// One thing that a refresh has found out or decided on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Which.
    pub code: FactCode,
    /// The same for a person; no name, e-mail, text or score.
    pub sentence: String,
    /// The cycle concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<u8>,
    /// The day concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Date))]
    pub day: Option<Date>,
    /// The other record concerned, which can be asked about in its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_id: Option<KnackRecordId>,
}

/// What a refresh would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExplainOutcome {
    /// Add the student.
    Inserted,
    /// Write some of the student's rows.
    Updated,
    /// Write nothing: what is stored is as it should be.
    Unchanged,
    /// Skip the record.
    Skipped,
    /// Nothing: Knack holds no such record of this school and year.
    Absent,
}

/// The rule that decides what becomes of a record. Of several that apply, the first in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExplainVerdict {
    /// Neither Knack nor Supabase holds it for this school.
    NotFound,
    /// Only Supabase holds it: a refresh leaves it as it is.
    OnlyInSupabase,
    /// The record has no completion date.
    NotCompleted,
    /// Its completion date lies outside the academic year.
    OutsideYear,
    /// Its completion date cannot be read.
    UnreadableDate,
    /// Its first school is another one.
    OtherSchool,
    /// The record is larger than can be read.
    RecordTooLarge,
    /// Knack sent the record in a form that cannot be read.
    RecordUnreadable,
    /// It has no e-mail, or none that is an address.
    MissingEmail,
    /// Another record of the same student was completed later and counts.
    DuplicateEmail,
    /// The e-mail is that of another student of this school, whose row stays.
    EmailOfAnotherStudent,
    /// The e-mail's row belongs to another school.
    HeldByOtherEstablishment,
    /// The student's new e-mail is stored on a row of no school, so the student's own row keeps the old one.
    NewEmailTaken,
    /// A record of question answers that belongs to no student.
    NoStudent,
    /// A record of question answers that another one of the same student, completed later, replaces.
    OlderAnswers,
    /// A record of question answers that belongs to a student.
    AnswersOfStudent,
    /// A score is not a whole number from 0 to 10, so its cycle is skipped.
    ScoreOutOfRange,
    /// A cycle still holds last year's scores and is skipped.
    LastYearsCycle,
    /// Supabase holds a newer questionnaire than Knack, which is kept.
    KeptNewer,
    /// The record now names another pupil: the student is added, the old row stays.
    RecordReused,
    /// A row without a school is given to this one.
    AdoptedOrphan,
    /// The row of another student, who has left it, becomes this one's.
    TakenOver,
    /// Two stored rows look like this student.
    TwinRows,
    /// An answer to a question is not a whole number from 1 to 5 and is skipped.
    AnswerOutOfRange,
    /// The student is added.
    NewStudent,
    /// The student's row differs from Knack and is brought up to date.
    Changed,
    /// The student's row is as in Knack.
    UpToDate,
}

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FactCode {
    /// Knack holds a record of it.
    InKnack,
    /// Knack holds none.
    NotInKnack,
    /// The day on which the record was completed, and whether that is in the year.
    CompletedOn,
    /// The record has no completion date.
    NotCompleted,
    /// The completion date cannot be read.
    UnreadableDate,
    /// The record's first school is another one.
    OtherSchool,
    /// The record is larger than can be read.
    RecordTooLarge,
    /// What Knack sent of the record cannot be read.
    RecordUnreadable,
    /// Other records could not be read either, so that this may be one of them.
    SomeUnread,
    /// There is no e-mail.
    MissingEmail,
    /// A text was cut to its column's width.
    TextCut,
    /// A text held characters that cannot be stored.
    TextCleaned,
    /// Another record of the same student counts instead.
    DoubleOf,
    /// The same student has another record, which does not count.
    HasDouble,
    /// The e-mail is another student's too.
    EmailShared,
    /// The row was found by its e-mail.
    MatchedByEmail,
    /// The row was found by its e-mail, which is written in another way.
    MatchedByEmailInAnyCase,
    /// The row was found by the record that it carries; its e-mail was another one.
    MatchedByRecord,
    /// Of several rows with the e-mail, the one that carries this record; a name that could tell is missing.
    MatchedByRecordAmongSeveral,
    /// The row was another student's, who has left it.
    MatchedByTakingOver,
    /// No stored row is this student's.
    NotStored,
    /// A row of the same record stays, since it is another pupil's.
    OldRowLeft,
    /// Another stored row looks like this student.
    TwinRow,
    /// The stored row that stands in the way is another student's.
    RowOfAnotherStudent,
    /// The stored row that stands in the way is another school's.
    RowOfAnotherSchool,
    /// The stored row belongs to no school.
    RowOfNoSchool,
    /// A row of the e-mail or record is stored, and nothing in Knack is its.
    OnlyInSupabase,
    /// The record has no name, so the stored one stays.
    NameKept,
    /// Columns of the student differ.
    DetailsDiffer,
    /// No column of the student differs.
    DetailsEqual,
    /// The cycle's scores are not stored yet.
    ScoresMissing,
    /// The cycle's scores or their date differ.
    ScoresDiffer,
    /// Only the e-mail of the cycle's stored row is written.
    ScoreEmailFilled,
    /// The cycle's stored row names no year, and is given one.
    ScoreYearFilled,
    /// The cycle's stored row has no date, and is given one.
    ScoreDateFilled,
    /// The cycle's scores are stored as they are in Knack.
    ScoresEqual,
    /// The cycle's stored scores are newer than Knack's and stay.
    ScoresKeptNewer,
    /// The cycle holds last year's scores.
    ScoresOfLastYear,
    /// The cycle holds a score that is none.
    ScoreOutOfRange,
    /// Supabase holds scores of a cycle that Knack does not.
    ScoresOnlyInSupabase,
    /// Comments of the cycle are not stored yet, or differ.
    CommentsDiffer,
    /// Comments of the cycle are stored as they are in Knack.
    CommentsEqual,
    /// Supabase holds comments of a cycle that Knack does not.
    CommentsOnlyInSupabase,
    /// The answers were found by their e-mail.
    AnswersByEmail,
    /// The answers were found by the record of scores that they are connected with.
    AnswersByConnection,
    /// There are no answers of this student.
    NoAnswers,
    /// Another record of answers, completed later, counts instead.
    AnswersReplaced,
    /// Whose answers they are cannot be said.
    AnswersOfNobody,
    /// Answers of the cycle are not stored yet, or differ.
    AnswersDiffer,
    /// Answers of the cycle are stored as they are in Knack.
    AnswersEqual,
    /// Answers of the cycle stay as they are stored, as its scores do.
    AnswersKept,
    /// An answer is not a whole number from 1 to 5.
    AnswerOutOfRange,
    /// Answers were left out of account: they are switched off, or could not be read.
    AnswersNotRead,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RECORD: &str = "61680fc13a0bfd001e8ca3ca";

    #[test]
    fn what_is_not_known_is_left_out_and_everything_is_read_back() {
        let explanation = Explanation {
            establishment_id: RECORD.parse().unwrap(),
            establishment_uuid: Uuid::nil(),
            academic_year: "2026/2027".parse().unwrap(),
            verdict: ExplainVerdict::DuplicateEmail,
            sentence: "Another record counts.".to_owned(),
            outcome: ExplainOutcome::Skipped,
            facts: vec![Fact {
                code: FactCode::DoubleOf,
                sentence: "It was completed earlier.".to_owned(),
                cycle: None,
                day: None,
                record_id: Some(RECORD.parse().unwrap()),
            }],
            record_id: None,
            name: None,
            changes: Vec::new(),
        };
        let written = serde_json::to_value(&explanation).unwrap();
        assert_eq!(
            written,
            json!({
                "establishment_id": RECORD, "establishment_uuid": Uuid::nil(), "academic_year": "2026/2027",
                "verdict": "duplicate_email", "sentence": "Another record counts.", "outcome": "skipped",
                "facts": [{"code": "double_of", "sentence": "It was completed earlier.", "record_id": RECORD}],
            })
        );
        assert_eq!(
            serde_json::from_value::<Explanation>(written).unwrap(),
            explanation
        );
    }
}
