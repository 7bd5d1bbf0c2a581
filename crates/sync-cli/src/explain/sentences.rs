//! The sentences for verdicts and facts. They may name record ids, days and cycles, but no name, e-mail, text or score.

use std::fmt::Display;

use jiff::civil::Date;
use sync_protocol::{AcademicYear, ExplainOutcome, ExplainVerdict, Explanation, FactCode};

/// The day of a completion, and whether it is in the year.
pub(super) fn completed_on(on: Date, year: AcademicYear) -> String {
    let (first, last) = (day(year.first_day()), day(year.last_day()));
    let is_within = if year.contains(on) {
        "is within it"
    } else {
        "is not within it"
    };
    let on = day(on);
    format!("The year {year} runs from {first} to {last}; the completion date, {on}, {is_within}.")
}

/// A day as people write it.
fn day(day: Date) -> impl Display {
    day.strftime("%-d %B %Y")
}

/// An explanation as it is printed on a terminal.
pub(crate) fn in_words(explanation: &Explanation) -> String {
    let name = explanation.name.as_deref().unwrap_or("(no name known)");
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let record = explanation.record_id.map(|id| format!(", record {id}"));
    let mut text = format!(
        "{name}{}, {}\n{}\n{}\n\n",
        record.unwrap_or_default(),
        explanation.academic_year,
        explanation.sentence,
        of_outcome(explanation.outcome)
    );
    for fact in &explanation.facts {
        let other = fact.record_id.map(|id| format!(" ({id})"));
        text.push_str("- ");
        text.push_str(&fact.sentence);
        text.push_str(&other.unwrap_or_default());
        text.push('\n');
    }
    text
}

fn of_outcome(outcome: ExplainOutcome) -> &'static str {
    match outcome {
        ExplainOutcome::Inserted => "The next refresh adds it.",
        ExplainOutcome::Updated => "The next refresh brings the dashboard up to date.",
        ExplainOutcome::Unchanged => "The next refresh changes nothing of it.",
        ExplainOutcome::Skipped => "The next refresh skips it.",
        ExplainOutcome::Absent => "The next refresh does nothing about it.",
    }
}

pub(super) fn of_verdict(verdict: ExplainVerdict) -> &'static str {
    match verdict {
        ExplainVerdict::NotFound => {
            "Neither Knack nor the dashboard has this student at this school. Check the e-mail address, and that the record in Knack names this school."
        }
        ExplainVerdict::OnlyInSupabase => {
            "The dashboard shows this student, but Knack has no record of them at this school. If they have left, nothing needs to be done: a refresh never removes anyone. Otherwise check in Knack whether the record was deleted or moved to another school."
        }
        ExplainVerdict::NotCompleted => {
            "The record in Knack has no completion date, so the student has not completed a questionnaire. Once it is completed, refresh again."
        }
        ExplainVerdict::OutsideYear => {
            "The questionnaire was completed in another academic year. If that is wrong, correct the completion date in Knack and refresh again."
        }
        ExplainVerdict::UnreadableDate => {
            "The completion date in Knack cannot be read, so the record is skipped. Enter it again as day, month and year, and refresh again."
        }
        ExplainVerdict::OtherSchool => {
            "The first school that the record in Knack names is another one, so the student belongs there. If that is wrong, put this school first and refresh again."
        }
        ExplainVerdict::RecordTooLarge => {
            "The record in Knack is too large to be read, usually because images were pasted into its texts. Remove them and refresh again."
        }
        ExplainVerdict::RecordUnreadable => {
            "Knack sent the record in a form that cannot be read, so it is skipped. Save it again in Knack and refresh again. If that does not help, tell your administrator."
        }
        ExplainVerdict::MissingEmail => {
            "The record in Knack has no valid e-mail address, so the student is skipped. Enter the address and refresh again."
        }
        ExplainVerdict::DuplicateEmail => {
            "The student has another record in Knack, which was completed later and counts. Delete this one if it is out of date, or correct its e-mail address if it is another student's."
        }
        ExplainVerdict::EmailOfAnotherStudent => {
            "The e-mail address is another student's, who keeps their place in the dashboard. Give each of them their own address in Knack and refresh again."
        }
        ExplainVerdict::HeldByOtherEstablishment => {
            "Another school uses this e-mail address this year, and a refresh never changes another school's students. If the student has moved to your school, ask your administrator. Otherwise correct the address in Knack."
        }
        ExplainVerdict::NewEmailTaken => {
            "The student's new e-mail address is already in the dashboard, on an entry that belongs to no school, so the student's details stay as they are. Scores, comments and answers are shown all the same. Ask your administrator to remove that entry, and refresh again. If the new address is wrong, correct it in Knack."
        }
        ExplainVerdict::NoStudent => {
            "These answers belong to no student of this school and year. Check the e-mail address, the name and the completion date in Knack, of the answers and of the student."
        }
        ExplainVerdict::OlderAnswers => {
            "The student has a later record of answers, which counts. Nothing needs to be done."
        }
        ExplainVerdict::AnswersOfStudent => {
            "This is a record of answers to the questions. Ask about the student's own record, which is named below, to see what becomes of the student."
        }
        ExplainVerdict::ScoreOutOfRange => {
            "A score is not a whole number from 0 to 10, so its cycle is left out. Everything else is shown. Correct the score in Knack and refresh again."
        }
        ExplainVerdict::LastYearsCycle => {
            "A cycle still holds last year's scores in Knack, so it is left out until it is completed this year. Nothing needs to be done."
        }
        ExplainVerdict::KeptNewer => {
            "The dashboard has a newer questionnaire than Knack, which is kept. Nothing needs to be done unless this is still so tomorrow."
        }
        ExplainVerdict::RecordReused => {
            "The record now has another e-mail address and name than before, so this counts as a new student, and the one before stays in the dashboard. Check in Knack whether that is right."
        }
        ExplainVerdict::AdoptedOrphan => {
            "The student is in the dashboard, but belongs to no school. Refresh to make them this school's."
        }
        ExplainVerdict::TakenOver => {
            "The student's place in the dashboard was another student's, who no longer has this e-mail address. Refresh to make it this student's."
        }
        ExplainVerdict::TwinRows => {
            "The dashboard has this student twice: one is kept up to date, and the other is left as it is. Tell your administrator."
        }
        ExplainVerdict::AnswerOutOfRange => {
            "An answer is not a whole number from 1 to 5 and is left out. Everything else is shown. Correct the answer in Knack and refresh again."
        }
        ExplainVerdict::NewStudent => {
            "The student is not in the dashboard yet. Refresh to add them."
        }
        ExplainVerdict::Changed => {
            "What the dashboard shows of this student is out of date. Refresh to bring it up to date."
        }
        ExplainVerdict::UpToDate => {
            "The student is in the dashboard, as they are in Knack. Nothing needs to be done."
        }
    }
}

pub(super) fn of_fact(code: FactCode, cycle: Option<u8>) -> String {
    let sentence = plain(code);
    match cycle {
        Some(cycle) => format!("Cycle {cycle}: {sentence}"),
        None => sentence.to_owned(),
    }
}

fn plain(code: FactCode) -> &'static str {
    match code {
        FactCode::InKnack => "Knack has a record at this school.",
        FactCode::NotInKnack => "Knack has no such record at this school, in any year.",
        FactCode::CompletedOn => "The completion date decides the year.",
        FactCode::NotCompleted => "The record has no completion date.",
        FactCode::UnreadableDate => "The completion date cannot be read as a day.",
        FactCode::OtherSchool => "The first school that the record names is another one.",
        FactCode::RecordTooLarge => "Knack cannot send the record whole.",
        FactCode::RecordUnreadable => "What Knack sent of the record cannot be read.",
        FactCode::SomeUnread => {
            "Some records of this school could not be read; the student's may be one of them."
        }
        FactCode::MissingEmail => "The record has no e-mail address, or none that is valid.",
        FactCode::TextCut => "A text is too long for the dashboard and is cut.",
        FactCode::TextCleaned => "A text holds characters that cannot be stored; they are removed.",
        FactCode::DoubleOf => "Another record of the same student was completed later.",
        FactCode::HasDouble => "The student has another record, which does not count.",
        FactCode::EmailShared => "Another student's record has the same e-mail address.",
        FactCode::MatchedByEmail => "The dashboard has a student with this e-mail address.",
        FactCode::MatchedByEmailInAnyCase => {
            "The dashboard has a student with this e-mail address, written in another way."
        }
        FactCode::MatchedByRecord => {
            "The dashboard has a student with this record and name, whose e-mail address is replaced."
        }
        FactCode::MatchedByRecordAmongSeveral => {
            "Of the students with this e-mail address in the dashboard, one has this record."
        }
        FactCode::MatchedByTakingOver => {
            "The student with this e-mail address in the dashboard was another one, who no longer has it."
        }
        FactCode::NotStored => {
            "The dashboard does not have this student at this school in this year."
        }
        FactCode::OldRowLeft => {
            "The dashboard has another student with this record, and with another e-mail address and name, who stays."
        }
        FactCode::TwinRow => {
            "The dashboard has another student with this record or e-mail address, who stays."
        }
        FactCode::RowOfAnotherStudent => {
            "The student with this e-mail address in the dashboard is another one."
        }
        FactCode::RowOfAnotherSchool => {
            "The student with this e-mail address in the dashboard is another school's."
        }
        FactCode::RowOfNoSchool => {
            "The student with this e-mail address in the dashboard belongs to no school."
        }
        FactCode::OnlyInSupabase => "The dashboard has this student at this school in this year.",
        FactCode::NameKept => "The record has no name; the one in the dashboard stays.",
        FactCode::DetailsDiffer => "The student's details in the dashboard differ from Knack.",
        FactCode::DetailsEqual => "The student's details in the dashboard are as in Knack.",
        FactCode::ScoresMissing => "the scores are not in the dashboard yet.",
        FactCode::ScoresDiffer => "the scores in the dashboard differ from Knack.",
        FactCode::ScoreEmailFilled => "only the student's e-mail address is added to the scores.",
        FactCode::ScoreYearFilled => "only the year is added to the scores.",
        FactCode::ScoreDateFilled => "only the date of the scores is set.",
        FactCode::ScoresEqual => "the scores in the dashboard are as in Knack.",
        FactCode::ScoresKeptNewer => "the scores in the dashboard are newer than Knack's and stay.",
        FactCode::ScoresOfLastYear => "the scores in Knack are last year's and are left out.",
        FactCode::ScoreOutOfRange => {
            "a score is not a whole number from 0 to 10, so the cycle is left out."
        }
        FactCode::ScoresOnlyInSupabase => {
            "the dashboard has scores that Knack does not; they stay."
        }
        FactCode::CommentsDiffer => "comments are not in the dashboard yet, or differ from Knack.",
        FactCode::CommentsEqual => "the comments in the dashboard are as in Knack.",
        FactCode::CommentsOnlyInSupabase => {
            "the dashboard has comments that Knack does not; they stay."
        }
        FactCode::AnswersByEmail => "The answers were found by their e-mail address.",
        FactCode::AnswersByConnection => {
            "The answers were found by their connection to the student's record."
        }
        FactCode::NoAnswers => "Knack has no answers of this student in this year.",
        FactCode::AnswersReplaced => "A later record of answers of the same student counts.",
        FactCode::AnswersOfNobody => {
            "Their e-mail address, their connection and the name on them do not lead to one student."
        }
        FactCode::AnswersDiffer => "answers are not in the dashboard yet, or differ from Knack.",
        FactCode::AnswersEqual => "the answers in the dashboard are as in Knack.",
        FactCode::AnswersKept => {
            "the answers are not saved, because the scores in the dashboard are not Knack's."
        }
        FactCode::AnswerOutOfRange => {
            "An answer is not a whole number from 1 to 5 and is left out."
        }
        FactCode::AnswersNotRead => "The answers to the questions were not looked at.",
    }
}

#[cfg(test)]
mod tests;
