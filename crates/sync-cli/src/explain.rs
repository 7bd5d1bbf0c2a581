//! What a refresh would do with one record or e-mail, and why: read off the decisions that a refresh has made. Pure.
//!
//! Decides nothing itself. Whatever is said here stands in the plan, in what was told apart, or among what was traced on the way
//! there.

mod evidence;
mod facts;
mod question;
mod sentences;
mod student;
mod subject;

use sync_protocol::{
    ExplainOutcome, ExplainVerdict, Explanation, FactCode, KnackRecordId, WarningCode,
};

pub(crate) use evidence::{Evidence, Traced};
pub(crate) use question::{Question, read_question};
pub(crate) use sentences::in_words;
pub(crate) use subject::Subject;

use crate::transform::Why;
use facts::{Facts, Said, found_by};

/// Everything known about the subject.
pub(crate) fn explain(evidence: Evidence<'_>, subject: &Subject<'_>) -> Explanation {
    let said = match subject {
        Subject::Student(planned) => student::of_student(evidence, planned),
        other => of_other(evidence, other),
    };
    let school = &evidence.of.school;
    Explanation {
        establishment_id: school.knack_id,
        establishment_uuid: school.id,
        academic_year: evidence.of.year,
        verdict: said.verdict,
        sentence: sentences::of_verdict(said.verdict).to_owned(),
        outcome: said.outcome,
        facts: said.facts.all,
        record_id: said.record,
        name: said.name.filter(|name| !name.is_empty()),
        changes: said.changes,
    }
}

/// Of what is no student of the plan.
fn of_other(evidence: Evidence<'_>, subject: &Subject<'_>) -> Said {
    let whose = evidence.context.whose;
    let mut facts = Facts::new(evidence.of);
    let name_of = |record| whose.name(record).map(str::to_owned);
    let in_knack = !matches!(subject, Subject::Stored(_) | Subject::Nothing);
    facts.add(if in_knack {
        FactCode::InKnack
    } else {
        FactCode::NotInKnack
    });
    let mut outcome = ExplainOutcome::Skipped;
    let (verdict, record, name) = match *subject {
        Subject::Student(_) => unreachable!("students are explained elsewhere"),
        Subject::Double { record, of } => {
            facts.of_record(FactCode::DoubleOf, of);
            (
                ExplainVerdict::DuplicateEmail,
                Some(record),
                name_of(record),
            )
        }
        Subject::Other { record, of } => {
            facts.of_record(FactCode::EmailShared, of);
            let verdict = ExplainVerdict::EmailOfAnotherStudent;
            (verdict, Some(record), name_of(record))
        }
        Subject::Held { record, owner } => {
            doubles_of(record, evidence, &mut facts);
            facts.push(FactCode::RowOfAnotherStudent, None, owner);
            let verdict = ExplainVerdict::EmailOfAnotherStudent;
            (verdict, Some(record), name_of(record))
        }
        Subject::NotTaken { record, not_taken } => {
            if let Why::OutsideYear(on) = not_taken.why {
                facts.completed(on);
            } else {
                facts.add(fact_of(not_taken.why));
            }
            let verdict = verdict_of(not_taken.why);
            let name = not_taken.shown_name().to_owned();
            (verdict, Some(record), Some(name))
        }
        Subject::LeftOut { record, warning } => {
            let (verdict, fact) = if warning == WarningCode::RecordTooLarge {
                (ExplainVerdict::RecordTooLarge, FactCode::RecordTooLarge)
            } else {
                (ExplainVerdict::RecordUnreadable, FactCode::RecordUnreadable)
            };
            facts.add(fact);
            (verdict, Some(record), None)
        }
        Subject::Sheet { record, owner } => {
            let verdict = if let Some(owner) = owner {
                facts.of_record(FactCode::AnswersReplaced, owner);
                ExplainVerdict::OlderAnswers
            } else {
                facts.add(FactCode::AnswersOfNobody);
                ExplainVerdict::NoStudent
            };
            (verdict, Some(record), owner.and_then(name_of))
        }
        Subject::SheetOf { record, student } => {
            let by = evidence.traced.owners.found_by.get(&student);
            facts.of_record(found_by(by.copied()), student);
            if evidence.traced.sheets_out_of_range.contains(&record) {
                facts.add(FactCode::AnswerOutOfRange);
            }
            let verdict = match student::outcome_of_answers(evidence, student) {
                Some(of_answers) => {
                    outcome = of_answers;
                    ExplainVerdict::AnswersOfStudent
                }
                None => ExplainVerdict::NoStudent,
            };
            (verdict, Some(record), name_of(student))
        }
        Subject::Stored(row) => {
            unread(evidence, &mut facts);
            facts.add(FactCode::OnlyInSupabase);
            outcome = ExplainOutcome::Absent;
            let name = Some(row.details.name.clone());
            (ExplainVerdict::OnlyInSupabase, None, name)
        }
        Subject::Nothing => {
            unread(evidence, &mut facts);
            facts.add(FactCode::NotStored);
            outcome = ExplainOutcome::Absent;
            (ExplainVerdict::NotFound, None, None)
        }
    };
    Said {
        verdict,
        outcome,
        facts,
        record,
        name,
        changes: Vec::new(),
    }
}

/// The student's records that do not count.
fn doubles_of(record: KnackRecordId, evidence: Evidence<'_>, facts: &mut Facts) {
    let doubles = evidence.context.whose.doubles().iter();
    let doubles = doubles.filter(|(_, of)| **of == record);
    let mut doubles: Vec<_> = doubles.map(|(double, _)| *double).collect();
    doubles.sort_unstable();
    for double in doubles {
        facts.of_record(FactCode::HasDouble, double);
    }
}

/// The subject may be one of the records that could not be read.
fn unread(evidence: Evidence<'_>, facts: &mut Facts) {
    if evidence.traced.unread > 0 {
        facts.add(FactCode::SomeUnread);
    }
}

fn verdict_of(why: Why) -> ExplainVerdict {
    match why {
        Why::OtherSchool => ExplainVerdict::OtherSchool,
        Why::NotCompleted => ExplainVerdict::NotCompleted,
        Why::OutsideYear(_) => ExplainVerdict::OutsideYear,
        Why::UnreadableDate => ExplainVerdict::UnreadableDate,
        Why::MissingEmail => ExplainVerdict::MissingEmail,
    }
}

fn fact_of(why: Why) -> FactCode {
    match why {
        Why::OtherSchool => FactCode::OtherSchool,
        Why::NotCompleted => FactCode::NotCompleted,
        Why::OutsideYear(_) => FactCode::CompletedOn,
        Why::UnreadableDate => FactCode::UnreadableDate,
        Why::MissingEmail => FactCode::MissingEmail,
    }
}
