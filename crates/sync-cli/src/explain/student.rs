//! Explains a student of the plan: how its row was found, and what was decided about each of its rows. Pure.

use sync_protocol::{
    ChangeKind, ExplainOutcome, ExplainVerdict, FactCode, KnackRecordId, WarningCode,
};

use super::evidence::Evidence;
use super::facts::{Facts, Said, found_by};
use crate::changed_rows::{ChangedRows, Values};
use crate::domain::{Cycle, Student};
use crate::findings::Findings;
use crate::reconcile::{
    AnswerChange, BothSides, Changed, Children, Decision, MatchedBy, OddRow, Planned,
    PlannedAnswers, WhoseRow, answers_of_planned, children_of_new, compare_met, whose_row,
};
use crate::save::{list, list_children};
use crate::stored::StoredStudent;

pub(super) fn of_student(evidence: Evidence<'_>, planned: &Planned) -> Said {
    let record = planned.student.record_id;
    let mut facts = Facts::new(evidence.of);
    of_record(evidence, &planned.student, &mut facts);
    let met = evidence.met.of(planned);
    if planned.known.is_none()
        && let Some(row) = met
    {
        return of_met(evidence, planned, row, facts);
    }
    match planned.matched {
        Some(by) => facts.add(matched(by)),
        None => facts.add(FactCode::NotStored),
    }
    if let Some(row) = met {
        facts.add(holder_of(row));
    }
    let mut stored = evidence.stored.iter();
    let row = planned.known.as_ref();
    let row = row.and_then(|known| stored.find(|row| row.id == known.id));
    let said = of_rows(evidence, planned, row, facts);
    Said {
        record: Some(record),
        ..said
    }
}

/// The facts that follow from the record alone, and from the others with its e-mail.
fn of_record(evidence: Evidence<'_>, student: &Student, facts: &mut Facts) {
    let (record, whose) = (student.record_id, evidence.context.whose);
    facts.add(FactCode::InKnack);
    facts.completed(student.completed_on);
    let notes = evidence.traced.notes.get(&record);
    for note in notes.into_iter().flatten() {
        match note {
            WarningCode::Truncated => facts.add(FactCode::TextCut),
            WarningCode::CleanedText => facts.add(FactCode::TextCleaned),
            _ => {}
        }
    }
    let out_of_range = evidence.traced.out_of_range.get(&record);
    for cycle in Cycle::ALL {
        if out_of_range.is_some_and(|cycles| cycles.contains(cycle)) {
            facts.of_cycle(FactCode::ScoreOutOfRange, cycle);
        }
    }
    for other in whose.with_email(&student.email) {
        if whose.doubles().get(&other) == Some(&record) {
            facts.of_record(FactCode::HasDouble, other);
        } else if other != record {
            facts.of_record(FactCode::EmailShared, other);
        }
    }
}

fn matched(by: MatchedBy) -> FactCode {
    match by {
        MatchedBy::RecordWithoutName => FactCode::MatchedByRecordAmongSeveral,
        MatchedBy::Email => FactCode::MatchedByEmail,
        MatchedBy::EmailInAnyCase => FactCode::MatchedByEmailInAnyCase,
        MatchedBy::Record => FactCode::MatchedByRecord,
        MatchedBy::TakingOver => FactCode::MatchedByTakingOver,
    }
}

/// Whose a row is that has the e-mail which a student of this school is to get. Nobody asks which student it is, since the
/// student's own row is another one.
fn holder_of(row: &StoredStudent) -> FactCode {
    match row.establishment_id {
        Some(_) => FactCode::RowOfAnotherSchool,
        None => FactCode::RowOfNoSchool,
    }
}

/// A student whose e-mail is stored all the same, outside of what this school has.
fn of_met(
    evidence: Evidence<'_>,
    planned: &Planned,
    row: &StoredStudent,
    mut facts: Facts,
) -> Said {
    let student = &planned.student;
    let (record, context) = (student.record_id, evidence.context);
    let skipped = |verdict, facts| Said {
        verdict,
        outcome: ExplainOutcome::Skipped,
        facts,
        record: Some(record),
        name: Some(student.details.name.clone()),
        changes: Vec::new(),
    };
    let answers = &evidence.met.answers;
    match whose_row(student, (row, answers), evidence.of.school.id, context) {
        WhoseRow::AnotherSchools => {
            facts.add(FactCode::RowOfAnotherSchool);
            skipped(ExplainVerdict::HeldByOtherEstablishment, facts)
        }
        WhoseRow::AnotherStudents => {
            facts.push(FactCode::RowOfAnotherStudent, None, row.knack_id.id());
            skipped(ExplainVerdict::EmailOfAnotherStudent, facts)
        }
        WhoseRow::Own => {
            if row.establishment_id.is_none() {
                facts.add(FactCode::RowOfNoSchool);
            }
            let met = with_row(evidence, planned, row);
            of_rows(evidence, &met, Some(row), facts)
        }
    }
}

/// The student with the row that was met, which is its own.
fn with_row(evidence: Evidence<'_>, planned: &Planned, row: &StoredStudent) -> Planned {
    let student = planned.student.clone();
    let compared = compare_met(&student, row, evidence.context, &mut Findings::default());
    Planned {
        student,
        known: Some(compared),
        matched: None,
        odd: planned.odd,
        is_refused: false,
    }
}

/// The decision about each row; `row` is the student's.
fn of_rows(
    evidence: Evidence<'_>,
    planned: &Planned,
    row: Option<&StoredStudent>,
    mut facts: Facts,
) -> Said {
    let student = &planned.student;
    let (record, context) = (student.record_id, evidence.context);
    match planned.odd {
        Some(OddRow::RecordReused) => facts.add(FactCode::OldRowLeft),
        Some(OddRow::Twin) => facts.add(FactCode::TwinRow),
        None => {}
    }
    let of_new;
    let children = if let Some(known) = &planned.known {
        if known.is_taken_over && planned.matched != Some(MatchedBy::TakingOver) {
            facts.add(FactCode::MatchedByTakingOver);
        }
        let is_unnamed = student.details.name.is_empty();
        if is_unnamed && !known.details.name.is_empty() {
            facts.add(FactCode::NameKept);
        }
        facts.add(if known.differing.any() {
            FactCode::DetailsDiffer
        } else {
            FactCode::DetailsEqual
        });
        &known.children
    } else {
        of_new = children_of_new(student, context, &mut Findings::default());
        &of_new
    };
    for (cycle, decision) in &children.decided {
        facts.of_cycle(of_decision(*decision), *cycle);
    }
    only_stored_scores(student, row, &mut facts);
    of_comments(student, children, row, &mut facts);
    let answers = of_answers(evidence, planned, &mut facts);

    let changed = ChangedRows::default();
    list(planned, answers.as_ref(), &changed);
    list_children(record, children, &changed);
    let writes_answers = answers.is_some_and(|answers| answers.rows_to_write() > 0);
    let outcome = match &planned.known {
        None => ExplainOutcome::Inserted,
        Some(known)
            if known.differing.any() && !planned.is_refused
                || children.rows_to_write() > 0
                || writes_answers =>
        {
            ExplainOutcome::Updated
        }
        Some(_) => ExplainOutcome::Unchanged,
    };
    let name = planned
        .known
        .as_ref()
        .map_or(&student.details.name, |it| &it.details.name);
    Said {
        verdict: verdict(&facts, outcome, planned.is_refused),
        outcome,
        record: Some(record),
        name: Some(name.clone()),
        changes: changed.report(Values::Shown).entries,
        facts,
    }
}

/// The first rule in the order of [`ExplainVerdict`] that a fact tells of. A row of no school is not adopted where the student
/// has a row already.
fn verdict(facts: &Facts, outcome: ExplainOutcome, is_refused: bool) -> ExplainVerdict {
    let of_fact = |code| match code {
        FactCode::RowOfAnotherSchool => Some(ExplainVerdict::HeldByOtherEstablishment),
        FactCode::ScoreOutOfRange => Some(ExplainVerdict::ScoreOutOfRange),
        FactCode::ScoresOfLastYear => Some(ExplainVerdict::LastYearsCycle),
        FactCode::ScoresKeptNewer => Some(ExplainVerdict::KeptNewer),
        FactCode::OldRowLeft => Some(ExplainVerdict::RecordReused),
        FactCode::RowOfNoSchool if is_refused => Some(ExplainVerdict::NewEmailTaken),
        FactCode::RowOfNoSchool => Some(ExplainVerdict::AdoptedOrphan),
        FactCode::MatchedByTakingOver => Some(ExplainVerdict::TakenOver),
        FactCode::TwinRow => Some(ExplainVerdict::TwinRows),
        FactCode::AnswerOutOfRange => Some(ExplainVerdict::AnswerOutOfRange),
        _ => None,
    };
    let first = facts.all.iter().filter_map(|fact| of_fact(fact.code)).min();
    first.unwrap_or(match outcome {
        ExplainOutcome::Inserted => ExplainVerdict::NewStudent,
        ExplainOutcome::Updated => ExplainVerdict::Changed,
        ExplainOutcome::Unchanged | ExplainOutcome::Skipped | ExplainOutcome::Absent => {
            ExplainVerdict::UpToDate
        }
    })
}

fn of_decision(decision: Decision) -> FactCode {
    match decision {
        Decision::LastYears => FactCode::ScoresOfLastYear,
        Decision::Missing => FactCode::ScoresMissing,
        Decision::Equal => FactCode::ScoresEqual,
        Decision::EmailFilled => FactCode::ScoreEmailFilled,
        Decision::YearFilled => FactCode::ScoreYearFilled,
        Decision::DateFilled => FactCode::ScoreDateFilled,
        Decision::KeptNewer => FactCode::ScoresKeptNewer,
        Decision::Differ => FactCode::ScoresDiffer,
    }
}

fn only_stored_scores(student: &Student, row: Option<&StoredStudent>, facts: &mut Facts) {
    for stored in row.into_iter().flat_map(|row| &row.scores) {
        let mut cycles = student.scores.iter().map(|(cycle, _)| *cycle);
        if !cycles.any(|cycle| cycle == stored.cycle) {
            facts.of_cycle(FactCode::ScoresOnlyInSupabase, stored.cycle);
        }
    }
}

fn of_comments(
    student: &Student,
    children: &Children,
    row: Option<&StoredStudent>,
    facts: &mut Facts,
) {
    let changes = &children.comments;
    for cycle in Cycle::ALL {
        let mut to_write = changes.inserted.iter().chain(&changes.updated);
        let mut given = student.comments.iter();
        if to_write.any(|change| change.comment.cycle == cycle) {
            facts.of_cycle(FactCode::CommentsDiffer, cycle);
        } else if given.any(|comment| comment.cycle == cycle) {
            facts.of_cycle(FactCode::CommentsEqual, cycle);
        }
        let mut stored = row.into_iter().flat_map(|row| &row.comments);
        let is_only_stored = stored.any(|stored| {
            let mut given = student.comments.iter();
            let is_given = given.any(|it| (it.cycle, it.kind) == (cycle, stored.comment_type));
            stored.cycle == cycle && !is_given
        });
        if is_only_stored {
            facts.of_cycle(FactCode::CommentsOnlyInSupabase, cycle);
        }
    }
}

/// With what was read of the row that the subject has met.
fn both_of<'a>(evidence: Evidence<'a>, answers: &PlannedAnswers<'a>) -> BothSides<'a> {
    BothSides {
        others: &evidence.met.answers,
        ..answers.both
    }
}

/// The plan for the student's answers, unless they were not read.
fn of_answers(
    evidence: Evidence<'_>,
    planned: &Planned,
    facts: &mut Facts,
) -> Option<Changed<AnswerChange>> {
    let record = planned.student.record_id;
    let Some(answers) = evidence.answers else {
        facts.add(FactCode::AnswersNotRead);
        return None;
    };
    let Some(sheet) = answers.both.known.sheets.get(&record) else {
        facts.add(FactCode::NoAnswers);
        return Some(answers_of_planned(
            planned,
            evidence.context,
            both_of(evidence, answers),
        ));
    };
    let by = evidence.traced.owners.found_by.get(&record);
    facts.of_record(found_by(by.copied()), sheet.record_id);
    if evidence
        .traced
        .sheets_out_of_range
        .contains(&sheet.record_id)
    {
        facts.add(FactCode::AnswerOutOfRange);
    }
    let changed = answers_of_planned(planned, evidence.context, both_of(evidence, answers));
    let accepted = planned.known.as_ref().map(|known| known.children.accepted);
    let accepted = accepted.unwrap_or_else(|| {
        let findings = &mut Findings::default();
        children_of_new(&planned.student, evidence.context, findings).accepted
    });
    for cycle in Cycle::ALL {
        if sheet.cycles[cycle.index()].given().next().is_none() {
            continue;
        }
        let mut to_write = changed.inserted.iter().chain(&changed.updated);
        let code = if !accepted.contains(cycle) {
            FactCode::AnswersKept
        } else if to_write.any(|change| change.cycle == cycle) {
            FactCode::AnswersDiffer
        } else {
            FactCode::AnswersEqual
        };
        facts.of_cycle(code, cycle);
    }
    Some(changed)
}

/// The plan for this student's answers, if the student is in the plan.
pub(super) fn outcome_of_answers(
    evidence: Evidence<'_>,
    student: KnackRecordId,
) -> Option<ExplainOutcome> {
    let mut students = evidence.plan.students.iter();
    let planned = students.find(|it| it.student.record_id == student);
    let (planned, answers) = planned.zip(evidence.answers)?;
    let met = evidence.met.of(planned).filter(|_| planned.known.is_none());
    let of_met;
    let planned = if let Some(row) = met {
        let (context, school) = (evidence.context, evidence.of.school.id);
        let row_and_answers = (row, &evidence.met.answers);
        if whose_row(&planned.student, row_and_answers, school, context) != WhoseRow::Own {
            return Some(ExplainOutcome::Skipped);
        }
        of_met = with_row(evidence, planned, row);
        &of_met
    } else {
        planned
    };
    let both = both_of(evidence, answers);
    let changed = answers_of_planned(planned, evidence.context, both);
    let listed = ChangedRows::default();
    list(planned, Some(&changed), &listed);
    let kinds = listed.report(Values::Hidden).entries.into_iter();
    let mut kinds = kinds.filter(|it| it.answers.is_some()).map(|it| it.kind);
    Some(if changed.rows_to_write() == 0 {
        ExplainOutcome::Unchanged
    } else if kinds.all(|kind| kind == ChangeKind::Inserted) {
        ExplainOutcome::Inserted
    } else {
        ExplainOutcome::Updated
    })
}
