//! One student against its stored row. Empty and NULL are equal; rows as the nightly job leaves them give no update.

use jiff::ToSpan;
use jiff::civil::Date;
use sync_protocol::WarningCode;
use uuid::Uuid;

use super::known_answers::KnownAnswers;
use super::leftovers::Leftovers;
use super::people::Whose;
use crate::changed_rows::RowChange;
use crate::domain::{
    Comment, Cycle, Cycles, Details, Scores, Student, StudentColumn, StudentColumns,
};
use crate::findings::Findings;
use crate::stored::{Label, StoredComment, StoredScores, StoredStudent};

/// How a student differs from its row.
pub(crate) struct Compared {
    /// The row.
    pub(crate) id: Uuid,
    /// The e-mail to store: the stored spelling, unless it became another address.
    pub(crate) email: String,
    /// The e-mail that the row has now.
    pub(crate) stored_email: String,
    /// The columns to store.
    pub(crate) details: Details,
    /// The columns that differ.
    pub(crate) differing: StudentColumns,
    /// Whether it was another student's until now: unless it is written, nothing of this one's may hang on it.
    pub(crate) is_taken_over: bool,
    /// Its scores and comments.
    pub(crate) children: Children,
}

impl Compared {
    /// The same if the row itself stays as it is: then its scores name the e-mail that it keeps. The new one may be another
    /// student's, who would be shown them (docs/knack-and-dashboard.md, "Optional columns").
    pub(crate) fn with_row_kept(mut self) -> Self {
        if self.email != self.stored_email {
            self.email.clone_from(&self.stored_email);
            self.children.leave_emails();
        }
        self
    }
}

/// The plan for one student's scores and comments.
#[derive(Default)]
pub(crate) struct Children {
    /// Score rows.
    pub(crate) scores: Changed<ScoreChange>,
    /// Cycles whose stored scores are, or are to be, Knack's: only theirs are Knack's answers too.
    pub(crate) accepted: Cycles,
    /// The decision about each cycle that Knack holds.
    pub(crate) decided: Vec<(Cycle, Decision)>,
    /// Comment rows.
    pub(crate) comments: Changed<CommentChange>,
}

impl Children {
    /// Only what is missing: what is there stays as it is.
    pub(crate) fn without_updates(mut self) -> Self {
        for change in &self.scores.updated {
            self.accepted.remove(change.cycle);
        }
        self.scores.keep_stored();
        self.comments.keep_stored();
        self
    }

    /// Writes no row of which only the e-mail would be new.
    fn leave_emails(&mut self) {
        let (left, updated): (Vec<_>, Vec<_>) =
            (self.scores.updated.drain(..)).partition(|change| change.is_of_email);
        self.scores.unchanged += left.len() as u64;
        self.scores.updated = updated;
        for (_, decision) in &mut self.decided {
            if *decision == Decision::EmailFilled {
                *decision = Decision::Equal;
            }
        }
    }

    /// The stored rows have been given their year.
    pub(crate) fn give_years(&mut self) {
        for change in &mut self.scores.updated {
            change.lacks_year = false;
        }
    }

    pub(crate) fn rows_to_write(&self) -> usize {
        self.scores.rows_to_write() + self.comments.rows_to_write()
    }
}

/// The plan for the rows of one kind.
pub(crate) struct Changed<T> {
    /// Rows that Supabase lacks.
    pub(crate) inserted: Vec<T>,
    /// Rows that differ.
    pub(crate) updated: Vec<T>,
    /// Rows that are equal, or kept although they differ.
    pub(crate) unchanged: u64,
    /// One of those that are equal, if there is any.
    pub(crate) equal: Option<T>,
    /// Rows that Knack lacks.
    pub(crate) only_in_supabase: u64,
}

impl<T> Changed<T> {
    fn keep_stored(&mut self) {
        self.unchanged += self.updated.len() as u64;
        self.updated.clear();
    }

    /// How many rows are to be written.
    pub(crate) fn rows_to_write(&self) -> usize {
        self.inserted.len() + self.updated.len()
    }
}

impl<T> Default for Changed<T> {
    fn default() -> Self {
        Self {
            inserted: Vec::new(),
            updated: Vec::new(),
            unchanged: 0,
            equal: None,
            only_in_supabase: 0,
        }
    }
}

/// The decision about the scores of one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// They are last year's.
    LastYears,
    /// They are not stored.
    Missing,
    /// They are stored just so.
    Equal,
    /// The stored row only gets its student's e-mail.
    EmailFilled,
    /// It only gets its year.
    YearFilled,
    /// It only gets a date, or another one.
    DateFilled,
    /// Those that are stored are newer, and stay.
    KeptNewer,
    Differ,
}

/// A score row to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScoreChange {
    pub(crate) cycle: Cycle,
    pub(crate) scores: Scores,
    pub(crate) completion_date: Date,
    /// The stored row names no year, so no unique key holds for it.
    pub(crate) lacks_year: bool,
    /// Only the student's e-mail is written; everything else stays as it is stored.
    pub(crate) is_of_email: bool,
    /// The scores that are stored, unless they are another student's.
    pub(crate) old: Option<Scores>,
}

impl ScoreChange {
    /// The change that people see.
    pub(crate) fn seen(&self) -> Option<RowChange> {
        let has_changed = !self.is_of_email && self.old != Some(self.scores);
        has_changed.then_some(RowChange::Scores {
            cycle: self.cycle,
            old: self.old,
            new: self.scores,
        })
    }
}

/// A comment to write.
#[derive(Clone)]
pub(crate) struct CommentChange {
    pub(crate) comment: Comment,
    /// It is stored just so, and only lacks its year.
    pub(crate) is_of_year: bool,
}

impl CommentChange {
    /// The change that people see.
    pub(crate) fn seen(&self) -> Option<RowChange> {
        let Comment { cycle, kind, .. } = self.comment;
        (!self.is_of_year).then_some(RowChange::Comment(cycle, kind))
    }
}

/// Everything that the comparison needs besides the two sides.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// Cycles that are last year's.
    pub(crate) leftovers: &'a Leftovers,
    /// Whose rows are.
    pub(crate) whose: &'a Whose,
    /// Both sides' answers, where what is stored could be read.
    pub(crate) answers: Option<&'a KnownAnswers>,
    /// The day of this run.
    pub(crate) today: Date,
    /// Details that stay as they are stored, since Knack's fields cannot be relied on.
    pub(crate) kept: StudentColumns,
}

/// Compares a student with the row that is its own.
pub(crate) fn compare(
    student: &Student,
    row: &StoredStudent,
    context: Context<'_>,
    findings: &mut Findings,
) -> Compared {
    let mut details = student.details.clone();
    if details.name.is_empty() {
        details.name.clone_from(&row.details.name);
    }
    let email = if row.lower_email == student.email.as_str() {
        row.email.clone()
    } else {
        student.email.as_str().to_owned()
    };
    let is_taken_over = !context.whose.is_own(student, row);
    if !is_taken_over {
        details.take(context.kept, &row.details);
    }
    let scores = if is_taken_over {
        undated(&row.scores)
    } else {
        row.scores.clone()
    };
    let mut differing = StudentColumns::of_details(&details, &row.details);
    differing.add_if(StudentColumn::Email, email != row.email);
    let is_spelt_so = row.knack_id.is_spelt(student.record_id);
    differing.add_if(StudentColumn::KnackId, !is_spelt_so);
    let (mut scores, accepted, decided) =
        compare_scores(student, &email, &scores, context, findings);
    if is_taken_over {
        for change in &mut scores.updated {
            change.old = None;
        }
    }
    let children = Children {
        scores,
        accepted,
        decided,
        comments: compare_comments(student, &row.comments),
    };
    Compared {
        id: row.id,
        email,
        stored_email: row.email.clone(),
        details,
        differing,
        is_taken_over,
        children,
    }
}

/// Another student's scores, which are all to be replaced: their dates are nothing to go by.
fn undated(scores: &[StoredScores]) -> Vec<StoredScores> {
    let mut scores = scores.to_vec();
    for scores in &mut scores {
        scores.completion_date = None;
    }
    scores
}

/// The scores and comments of a student that has no row yet.
pub(crate) fn children_of_new(
    student: &Student,
    context: Context<'_>,
    findings: &mut Findings,
) -> Children {
    let email = student.email.as_str();
    let (scores, accepted, decided) = compare_scores(student, email, &[], context, findings);
    Children {
        scores,
        accepted,
        decided,
        comments: compare_comments(student, &[]),
    }
}

/// `email` is the student's, as it is or will be stored.
fn compare_scores(
    student: &Student,
    email: &str,
    stored: &[StoredScores],
    context: Context<'_>,
    findings: &mut Findings,
) -> (Changed<ScoreChange>, Cycles, Vec<(Cycle, Decision)>) {
    let (mut changed, mut accepted) = (Changed::default(), Cycles::default());
    let mut decided = Vec::with_capacity(student.scores.len());
    let last_cycle = student.scores.last().map(|(cycle, _)| *cycle);
    // The record's one date is that of the cycle completed last.
    let dated_cycle = student.current_cycle.or(last_cycle);
    let mut known = 0;
    for &(cycle, scores) in &student.scores {
        if context.leftovers.contains(student.record_id, cycle) {
            findings.warn(WarningCode::LastYearsCycle, student.record_id);
            decided.push((cycle, Decision::LastYears));
            continue;
        }
        let row = stored.iter().find(|row| row.cycle == cycle);
        let stored_date = row.and_then(|row| row.completion_date);
        let completion_date = match stored_date {
            Some(date) if dated_cycle != Some(cycle) => date,
            Some(_) | None => student.completed_on,
        };
        let change = ScoreChange {
            cycle,
            scores,
            completion_date,
            lacks_year: row.is_some_and(|row| row.label == Label::Missing),
            is_of_email: false,
            old: row.map(|row| row.scores),
        };
        let Some(row) = row else {
            accepted.add(cycle);
            changed.inserted.push(change);
            decided.push((cycle, Decision::Missing));
            continue;
        };
        known += 1;
        let of_email = ScoreChange {
            is_of_email: true,
            ..change
        };
        let names_another = row.student_email.differs_from(email);
        let is_equal = row.scores == scores && stored_date == Some(completion_date);
        if is_equal && !change.lacks_year {
            accepted.add(cycle);
            if names_another {
                changed.updated.push(of_email);
                decided.push((cycle, Decision::EmailFilled));
            } else {
                decided.push((cycle, Decision::Equal));
                changed.unchanged += 1;
                changed.equal = Some(change);
            }
        } else if is_newer(stored_date, student.completed_on, context.today) {
            findings.warn(WarningCode::KeptNewer, student.record_id);
            decided.push((cycle, Decision::KeptNewer));
            match stored_date {
                Some(completion_date) if change.lacks_year => changed.updated.push(ScoreChange {
                    scores: row.scores,
                    completion_date,
                    ..change
                }),
                Some(_) | None if names_another => changed.updated.push(of_email),
                Some(_) | None => changed.unchanged += 1,
            }
        } else {
            accepted.add(cycle);
            changed.updated.push(change);
            let decision = match (row.scores == scores, stored_date == Some(completion_date)) {
                (false, _) => Decision::Differ,
                (true, true) => Decision::YearFilled,
                (true, false) => Decision::DateFilled,
            };
            decided.push((cycle, decision));
        }
    }
    changed.only_in_supabase = stored.len() as u64 - known;
    (changed, accepted, decided)
}

/// The questionnaire writes Supabase first and Knack just after it, so for a moment Supabase may be ahead, in any time zone. So
/// a later date of about today is kept; one of any other day is a slip, and Knack wins.
fn is_newer(stored: Option<Date>, completed_on: Date, today: Date) -> bool {
    let (yesterday, tomorrow) = (today.saturating_sub(1.day()), today.saturating_add(1.day()));
    stored.is_some_and(|date| date > completed_on && (yesterday..=tomorrow).contains(&date))
}

fn compare_comments(student: &Student, stored: &[StoredComment]) -> Changed<CommentChange> {
    let mut changed = Changed::default();
    let mut known = 0;
    for comment in &student.comments {
        let change = |is_of_year| CommentChange {
            comment: comment.clone(),
            is_of_year,
        };
        let same_place =
            |row: &&StoredComment| row.cycle == comment.cycle && row.comment_type == comment.kind;
        let Some(row) = stored.iter().find(same_place) else {
            changed.inserted.push(change(false));
            continue;
        };
        known += 1;
        let is_equal = row.comment_text.as_deref().unwrap_or_default().trim() == comment.text;
        if is_equal && row.label != Label::Missing {
            changed.unchanged += 1;
            changed.equal = Some(change(false));
        } else {
            changed.updated.push(change(is_equal));
        }
    }
    changed.only_in_supabase = stored.len() as u64 - known;
    changed
}

#[cfg(test)]
mod tests;
