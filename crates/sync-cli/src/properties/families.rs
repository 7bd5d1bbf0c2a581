//! Two pupils who may share an e-mail, or get each other's, through every history of three refreshes: nobody ever shows what is the other's, whoever
//! has no row is named, and a second refresh finds nothing to do.

use std::collections::HashMap;

use jiff::civil::date;
use sync_protocol::{KnackRecordId, SkipReason};
use uuid::Uuid;

use super::reconcile::{TODAY, apply};
use crate::domain::{
    Answer, AnswerSheet, Answers, Cycle, Cycles, Details, Email, Question, Score, Scores, Student,
};
use crate::findings::Findings;
use crate::reconcile::{
    Assigned, Context, KnownAnswers, Leftovers, People, assign, children_of_new, compare_answers,
    reconcile,
};
use crate::stored::answers::{ByStudent, Held, StoredAnswers, answers_of};
use crate::stored::{CarriedRecord, StoredStudent};

const NAMES: [&str; 2] = ["Ann Other", "Ben Other"];

/// What each scores and answers.
const VALUES: [i64; 2] = [1, 5];

/// Where a pupil is at one refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Away,
    SharedEmail,
    OwnEmail,
    /// The one that the other has, or had: addresses are swapped, too.
    OthersEmail,
}

/// How sheets tell whose they are, and whether they stay when the record is gone.
#[derive(Debug, Clone, Copy)]
struct Sheets {
    are_connected: bool,
    are_named: bool,
    stay: bool,
}

const fn sheets(are_connected: bool, are_named: bool, stay: bool) -> Sheets {
    Sheets {
        are_connected,
        are_named,
        stay,
    }
}

const SHEETS: [Sheets; 5] = [
    sheets(true, false, true),
    sheets(true, false, false),
    sheets(false, true, true),
    sheets(false, true, false),
    // One that stays unsigned after its record cannot be told from one of its e-mail's next owner.
    sheets(false, false, false),
];

#[derive(Debug, Clone, Copy)]
struct Family {
    number: usize,
    at: [[At; 3]; 2],
    cycles: [i64; 2],
    ann_is_first: bool,
    /// Ben left a question out, which an answer of Ann's would fill.
    ben_left_one_out: bool,
    sheets: Sheets,
}

/// Every history, with either's history longer or neither's, and every kind of sheet; of those in which somebody gets the
/// other's address, each with one of them.
fn families() -> Vec<Family> {
    const PLACES: [At; 4] = [At::Away, At::SharedEmail, At::OwnEmail, At::OthersEmail];
    let place = |history: usize, run: u32| PLACES[history / 4_usize.pow(run) % 4];
    let mut all = Vec::new();
    for history in 0..4_096 {
        let gets_the_others = (0..6).any(|run| place(history, run) == At::OthersEmail);
        for (length, cycles) in [[1, 1], [1, 2], [2, 1]].into_iter().enumerate() {
            for (kind, sheets) in SHEETS.into_iter().enumerate() {
                if gets_the_others && (history + history / 64) % 15 != length * 5 + kind {
                    continue;
                }
                let number = all.len();
                all.push(Family {
                    number,
                    at: [0, 3].map(|first| [0, 1, 2].map(|run| place(history, first + run))),
                    cycles,
                    // Each with histories of all kinds.
                    ann_is_first: (number / 15 + number).is_multiple_of(2),
                    ben_left_one_out: (number / 5).is_multiple_of(2),
                    sheets,
                });
            }
        }
    }
    all
}

impl Family {
    fn record(&self, member: usize) -> KnackRecordId {
        format!("61680fc1{:016x}", 2 * self.number + member)
            .parse()
            .unwrap()
    }

    fn email(&self, member: usize, at: At) -> Email {
        let local = match at {
            At::OwnEmail => format!("own{}-{member}", self.number),
            At::OthersEmail => format!("own{}-{}", self.number, 1 - member),
            At::Away | At::SharedEmail => format!("family{}", self.number),
        };
        Email::parse(&format!("{local}@example.test")).unwrap()
    }

    fn student(&self, member: usize, run: usize) -> Option<Student> {
        let at = self.at[member][run];
        let score = Score::try_from(VALUES[member]).ok();
        let scores = Scores::from_array([score; 6]);
        let is_first = self.ann_is_first == (member == 0);
        let cycles = Cycle::ALL.into_iter().zip(1..=self.cycles[member]);
        (at != At::Away).then(|| Student {
            record_id: self.record(member),
            email: self.email(member, at),
            details: Details {
                name: NAMES[member].to_owned(),
                ..Details::default()
            },
            current_cycle: None,
            completed_on: date(2026, 10, if is_first { 1 } else { 9 }),
            scores: cycles.map(|(cycle, _)| (cycle, scores)).collect(),
            comments: Vec::new(),
        })
    }

    /// The sheet at a run: with the e-mail that the pupil has, or had.
    fn sheet(&self, member: usize, run: usize) -> Option<AnswerSheet> {
        let is_there = |run: &usize| self.at[member][*run] != At::Away;
        let last = (0..=run).rev().find(is_there)?;
        if last < run && !self.sheets.stay {
            return None;
        }
        let mut cycles = [Answers::default(); 3];
        let answer = Answer::try_from(VALUES[member]).unwrap();
        for (cycle, _) in cycles.iter_mut().zip(0..self.cycles[member]) {
            for question in ["q1", "q7"] {
                if question == "q7" || member == 0 || !self.ben_left_one_out {
                    cycle.set(Question::with_id(question).unwrap(), answer);
                }
            }
        }
        let record = self.record(member).to_string();
        Some(AnswerSheet {
            record_id: record.replacen("6168", "7168", 1).parse().unwrap(),
            email: Some(self.email(member, self.at[member][last])),
            name: if self.sheets.are_named {
                NAMES[member].to_owned()
            } else {
                String::new()
            },
            scores_record: self.sheets.are_connected.then(|| self.record(member)),
            completed_at: date(2026, 10, 5).at(9, 30, 0, 0),
            cycles,
        })
    }
}

/// What the database holds.
#[derive(Default)]
struct Database {
    rows: Vec<StoredStudent>,
    answers: ByStudent,
}

/// What one refresh did.
struct Refreshed {
    writes: usize,
    /// Students who have no row.
    skipped: u64,
}

impl Database {
    fn refresh(&mut self, students: Vec<Student>, sheets: Vec<AnswerSheet>) -> Refreshed {
        let mut findings = Findings::default();
        let rows: Vec<&StoredStudent> = self.rows.iter().collect();
        let people = People::of(students, [], &rows);
        let Assigned { sheets, mut owners } =
            assign(sheets, &people, (&rows, &self.answers), &mut findings);
        let leftovers = Leftovers::default();
        let mut known = KnownAnswers {
            sheets,
            stored: self.answers.clone(),
            ..KnownAnswers::default()
        };
        let (students, whose) = people.choose(&rows, &leftovers, Some(&known), &mut findings);
        owners.leave(&mut known.sheets, &students, &mut findings);
        let context = Context {
            leftovers: &leftovers,
            whose: &whose,
            answers: Some(&known),
            today: TODAY,
            kept: crate::domain::StudentColumns::default(),
        };
        let plan = reconcile(students, &self.rows, context, &mut findings);

        let mut to_write: Vec<(Email, KnackRecordId, Cycles)> = Vec::new();
        let mut writes = 0;
        for planned in &plan.students {
            let student = &planned.student;
            let accepted = if let Some(row) = &planned.known {
                writes += usize::from(row.differing.any()) + row.children.rows_to_write();
                if row.is_taken_over {
                    let cleared = cleared(answers_of(&self.answers, row.id));
                    self.answers.insert(row.id, cleared);
                }
                row.children.accepted
            } else {
                writes += 1;
                children_of_new(student, context, &mut findings).accepted
            };
            to_write.push((student.email.clone(), student.record_id, accepted));
        }
        self.rows = apply((plan, &whose), std::mem::take(&mut self.rows));
        let ids: HashMap<&str, Uuid> = self
            .rows
            .iter()
            .map(|row| (row.lower_email.as_str(), row.id))
            .collect();
        for (email, record, accepted) in to_write {
            let stored = self.answers.entry(ids[email.as_str()]).or_default();
            let changed = compare_answers(known.sheets.get(&record), stored, accepted);
            writes += changed.rows_to_write();
            for change in changed.inserted.iter().chain(&changed.updated) {
                let held = Held::Answer(change.answer);
                stored.put(change.cycle, change.question, held, None);
            }
        }
        let skipped = findings.skipped().into_iter();
        let of_another = skipped.filter(|it| it.reason == SkipReason::EmailOfAnotherStudent);
        Refreshed {
            writes,
            skipped: of_another.map(|it| it.count).sum(),
        }
    }
}

/// The rows stay, without the answers in them.
fn cleared(answers: &StoredAnswers) -> StoredAnswers {
    let mut cleared = StoredAnswers::default();
    for (cycle, question) in answers.places() {
        cleared.put(cycle, question, Held::NoAnswer, None);
    }
    cleared
}

#[test]
fn in_every_history_nobody_shows_what_is_the_others() {
    let families = families();
    let mut database = Database::default();
    for run in 0..3 {
        let both = || families.iter().flat_map(|it| [(it, 0), (it, 1)]);
        let students = || both().filter_map(|(family, member)| family.student(member, run));
        let sheets = || both().filter_map(|(family, member)| family.sheet(member, run));

        let refreshed = database.refresh(students().collect(), sheets().collect());

        let rows = database.rows.iter();
        let shown: HashMap<&str, &CarriedRecord> = rows
            .map(|row| (row.lower_email.as_str(), &row.knack_id))
            .collect();
        let in_knack = students().count() as u64;
        // One who is skipped may have a row from before, with another e-mail.
        let has_row = |it: &Student| {
            let row = shown.get(it.email.as_str());
            row.is_some_and(|carried| carried.is_spelt(it.record_id))
        };
        let with_a_row = students().filter(has_row);
        assert_eq!(
            with_a_row.count() as u64 + refreshed.skipped,
            in_knack,
            "run {run}"
        );
        for row in &database.rows {
            let member = NAMES.iter().position(|name| *name == row.details.name);
            let own = VALUES[member.expect("one of the two")];
            for scores in &row.scores {
                assert_eq!(
                    scores.scores.vision.map(i64::from),
                    Some(own),
                    "{}",
                    row.email
                );
            }
            let answers = answers_of(&database.answers, row.id);
            for (cycle, question) in answers.places() {
                let held = Held::Answer(Answer::try_from(own).unwrap());
                assert_eq!(
                    answers.get(cycle, question),
                    held,
                    "run {run}: {}",
                    row.email
                );
            }
        }
        let again = database.refresh(students().collect(), sheets().collect());
        assert_eq!(again.writes, 0, "run {run}");
    }
}
