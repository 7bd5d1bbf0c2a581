//! What is said of verdicts and facts to people. Record ids, days and cycles may stand in it; no name, e-mail, text or score.

use jiff::civil::Date;
use sync_protocol::{AcademicYear, ExplainOutcome, ExplainVerdict, Explanation, FactCode};

/// The day of a completion, and whether it is in the year.
pub(super) fn completed_on(on: Date, year: AcademicYear) -> String {
    let (first, last) = (year.first_day(), year.last_day());
    let is_in_it = if year.contains(on) {
        "lies in it"
    } else {
        "does not"
    };
    format!("The year {year} runs from {first} to {last}; the completion date, {on}, {is_in_it}.")
}

/// What an explanation is on a terminal.
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
        ExplainOutcome::Inserted => "A refresh now would add it.",
        ExplainOutcome::Updated => "A refresh now would bring what is stored up to date.",
        ExplainOutcome::Unchanged => "A refresh now would change nothing.",
        ExplainOutcome::Skipped => "A refresh now would skip it.",
        ExplainOutcome::Absent => "A refresh now would leave everything as it is.",
    }
}

pub(super) fn of_verdict(verdict: ExplainVerdict) -> &'static str {
    match verdict {
        ExplainVerdict::NotFound => {
            "This school has no such record in Knack, and nothing of it is stored. Check the e-mail or the record's school in Knack."
        }
        ExplainVerdict::OnlyInSupabase => {
            "Knack has no record of this student at this school, so the stored row stays as it is. Check in Knack whether the record was deleted or moved."
        }
        ExplainVerdict::NotCompleted => {
            "The record has no completion date: the student has not completed the questionnaire, so there is nothing to show."
        }
        ExplainVerdict::OutsideYear => {
            "The questionnaire was completed in another academic year. Correct the completion date in Knack if that is wrong."
        }
        ExplainVerdict::UnreadableDate => {
            "The completion date cannot be read, so the record is skipped. Correct it in Knack."
        }
        ExplainVerdict::OtherSchool => {
            "The record belongs to another school, since that is the first one it names. Correct the school in Knack if that is wrong."
        }
        ExplainVerdict::RecordTooLarge => {
            "The record is too large to be read, usually because of pasted images. Remove them in Knack."
        }
        ExplainVerdict::RecordUnreadable => {
            "Knack sent the record in a form that cannot be read, so it is skipped. Save it again in Knack."
        }
        ExplainVerdict::MissingEmail => {
            "The record has no valid e-mail address, so no student can be matched with it. Enter the address in Knack."
        }
        ExplainVerdict::DuplicateEmail => {
            "The student has another record with the same e-mail, which was completed later and is used instead. Delete the one that is not needed in Knack."
        }
        ExplainVerdict::EmailOfAnotherStudent => {
            "The e-mail belongs to another student, who keeps the row. Give each of them their own e-mail in Knack."
        }
        ExplainVerdict::HeldByOtherEstablishment => {
            "The e-mail already belongs to another school for this year, whose row is left alone. Correct the address or the school in Knack."
        }
        ExplainVerdict::NoStudent => {
            "These answers match no student of this school and year. Correct their e-mail, name or connection in Knack."
        }
        ExplainVerdict::OlderAnswers => {
            "The student has a later record of answers, which is used instead. Nothing needs to be done."
        }
        ExplainVerdict::AnswersOfStudent => {
            "These answers belong to a student, whose own record is named below. Ask about that record to learn more."
        }
        ExplainVerdict::ScoreOutOfRange => {
            "A score is not a whole number from 0 to 10, so its cycle is skipped; everything else is used. Correct it in Knack."
        }
        ExplainVerdict::LastYearsCycle => {
            "Knack still holds last year's scores for a later cycle, which is skipped. Nothing needs to be done."
        }
        ExplainVerdict::KeptNewer => {
            "Supabase has a newer questionnaire than Knack, which is kept. Nothing needs to be done."
        }
        ExplainVerdict::RecordReused => {
            "The record now has another e-mail and name than the row stored for it, so the student is added and the old row stays. Check in Knack whether that is right."
        }
        ExplainVerdict::AdoptedOrphan => {
            "The student's stored row belongs to no school; it will be given to this one. Nothing needs to be done."
        }
        ExplainVerdict::TakenOver => {
            "The stored row belonged to another student, who no longer uses it, so it becomes this student's. Nothing needs to be done."
        }
        ExplainVerdict::TwinRows => {
            "Two stored rows look like this student: one is used, the other is left as it is. Tell your administrator."
        }
        ExplainVerdict::AnswerOutOfRange => {
            "An answer is not a whole number from 1 to 5 and is skipped; everything else is used. Correct it in Knack."
        }
        ExplainVerdict::NewStudent => "The student is not stored yet. Refresh to add them.",
        ExplainVerdict::Changed => {
            "What is stored differs from Knack. Refresh to bring it up to date."
        }
        ExplainVerdict::UpToDate => "What is stored matches Knack. Nothing needs to be done.",
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
        FactCode::InKnack => "Knack has a record of this school.",
        FactCode::NotInKnack => "Knack has no such record of this school, in any year.",
        FactCode::CompletedOn => "The completion date decides the year.",
        FactCode::NotCompleted => "The record has no completion date.",
        FactCode::UnreadableDate => "The completion date is not a date that can be read.",
        FactCode::OtherSchool => "The first school that the record names is another school.",
        FactCode::RecordTooLarge => "The record is too large for Knack to send.",
        FactCode::RecordUnreadable => "What Knack sent of the record cannot be read.",
        FactCode::MissingEmail => "The record has no valid e-mail address.",
        FactCode::TextCut => "A text is longer than its column and is cut.",
        FactCode::TextCleaned => "A text holds characters that cannot be stored; they are removed.",
        FactCode::DoubleOf => "Another record of the same student was completed later.",
        FactCode::HasDouble => "The student has another record, which is not used.",
        FactCode::EmailShared => "Another student's record has the same e-mail.",
        FactCode::MatchedByEmail => "A stored row has the same e-mail.",
        FactCode::MatchedByEmailInAnyCase => {
            "A stored row has the same e-mail, apart from capital letters."
        }
        FactCode::MatchedByRecord => {
            "A stored row has this record's id and the same name; its e-mail is replaced."
        }
        FactCode::MatchedByRecordAmongSeveral => {
            "Of the stored rows with this e-mail, one has this record's id."
        }
        FactCode::MatchedByTakingOver => {
            "The stored row with this e-mail belonged to another student, who no longer uses it."
        }
        FactCode::NotStored => {
            "No row that is stored for this school and year belongs to this student."
        }
        FactCode::OldRowLeft => {
            "A stored row has this record's id, but another e-mail and name; it stays."
        }
        FactCode::TwinRow => "Another stored row has this record's id or e-mail; it stays.",
        FactCode::RowOfAnotherStudent => {
            "The stored row with this e-mail belongs to another student."
        }
        FactCode::RowOfAnotherSchool => {
            "The stored row with this e-mail belongs to another school."
        }
        FactCode::RowOfNoSchool => "The stored row with this e-mail belongs to no school.",
        FactCode::OnlyInSupabase => {
            "A row that is stored for this school and year has this e-mail or record id."
        }
        FactCode::NameKept => "The record has no name; the stored one stays.",
        FactCode::DetailsDiffer => "The student's own columns differ from Knack.",
        FactCode::DetailsEqual => "The student's own columns match Knack.",
        FactCode::ScoresMissing => "the scores are not stored yet.",
        FactCode::ScoresDiffer => "the scores differ from Knack.",
        FactCode::ScoreEmailFilled => "only the student's e-mail is added to the stored scores.",
        FactCode::ScoreYearFilled => "only the year is added to the stored scores.",
        FactCode::ScoreDateFilled => "only the date of the stored scores is set.",
        FactCode::ScoresEqual => "the scores match Knack.",
        FactCode::ScoresKeptNewer => "the stored scores are newer than Knack's and stay.",
        FactCode::ScoresOfLastYear => "the scores in Knack are last year's and are skipped.",
        FactCode::ScoreOutOfRange => {
            "a score is not a whole number from 0 to 10, so the cycle is skipped."
        }
        FactCode::ScoresOnlyInSupabase => "scores are stored that Knack does not have; they stay.",
        FactCode::CommentsDiffer => "comments are not stored yet, or differ from Knack.",
        FactCode::CommentsEqual => "the comments match Knack.",
        FactCode::CommentsOnlyInSupabase => {
            "comments are stored that Knack does not have; they stay."
        }
        FactCode::AnswersByEmail => "The answers were found by their e-mail.",
        FactCode::AnswersByConnection => {
            "The answers were found by the record that they are connected to."
        }
        FactCode::NoAnswers => "Knack has no answers of this student in this year.",
        FactCode::AnswersReplaced => {
            "A later record of the same student's answers is used instead."
        }
        FactCode::AnswersOfNobody => {
            "Neither their e-mail nor their connection leads to a student."
        }
        FactCode::AnswersDiffer => "answers are not stored yet, or differ from Knack.",
        FactCode::AnswersEqual => "the answers match Knack.",
        FactCode::AnswersKept => "the stored answers stay, because the stored scores stay.",
        FactCode::AnswerOutOfRange => "An answer is not a whole number from 1 to 5 and is skipped.",
        FactCode::AnswersNotRead => "Answers to questions were not looked at.",
    }
}

#[cfg(test)]
mod tests;
