//! The answers of a school and year: those stored, and those that there must be.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde_json::Value;
use sync_protocol::AcademicYear;
use uuid::Uuid;

use super::fields::{CYCLES, questions};
use super::key::{AllAnswers, AnswerKey};
use super::record::Record;
use crate::Stage;

/// The answers of one school and year.
pub struct AnswersOf<'a> {
    pub(super) stage: &'a Stage,
    /// The school's Knack id.
    pub knack_id: String,
    /// Its Supabase id.
    pub id: Uuid,
    /// The year.
    pub year: AcademicYear,
}

/// A student as stored.
struct Student {
    email: String,
    knack_id: String,
    given_name: String,
    cycles: Vec<u8>,
}

impl AnswersOf<'_> {
    /// Every row that the students of this school and year have, as it is stored.
    pub async fn stored(&self) -> AllAnswers {
        let query = "select s.email, r.academic_year, r.cycle, r.question_id, r.response_value \
                     from question_responses r join students s on s.id = r.student_id \
                     where s.establishment_id::text = $1";
        let rows = self.stage.db.json(query, &self.id.to_string()).await;
        let keyed = |row: &Value| {
            let text = |column: &str| row[column].as_str().unwrap_or("NULL").to_owned();
            let key = AnswerKey {
                email: text("email"),
                year: text("academic_year"),
                cycle: cycle(&row["cycle"]),
                question: text("question_id"),
            };
            (key, row["response_value"].as_i64().unwrap_or(-1))
        };
        let stored: AllAnswers = rows.iter().map(keyed).collect();
        assert_eq!(stored.len(), rows.len(), "one row for each key");
        stored
    }

    /// What Knack's records make of the students and scores that are stored: each student's answers in every cycle that they
    /// have scores of.
    pub async fn expected(&self) -> AllAnswers {
        let students = self.students().await;
        let records = self.stage.knack.records("object_29");
        let of_school = |record: &Record| record.school().as_deref() == Some(&self.knack_id);
        let mut records: Vec<(DateTime, Record)> = records
            .iter()
            .map(Record)
            .filter(of_school)
            .filter_map(|record| Some((record.completed()?, record)))
            .filter(|(completed, _)| self.year.contains(completed.date()))
            .collect();
        records.sort_by_key(|(completed, _)| *completed);
        // Of two records of one student, the later one replaces the other.
        let owned = records.iter().filter_map(|(_, record)| {
            let owner = owner(record, &students)?;
            Some((owner.email.as_str(), (owner, record)))
        });
        let latest: BTreeMap<&str, (&Student, &Record)> = owned.collect();
        let questions = questions();
        let mut expected = AllAnswers::new();
        for (student, record) in latest.into_values() {
            for cycle in CYCLES.filter(|cycle| student.cycles.contains(cycle)) {
                for (question, fields) in &questions {
                    let Some(value) = record.answer(fields[usize::from(cycle) - 1]) else {
                        continue;
                    };
                    let key = AnswerKey {
                        email: student.email.clone(),
                        year: self.year.to_string(),
                        cycle,
                        question: question.clone(),
                    };
                    expected.insert(key, value);
                }
            }
        }
        expected
    }

    async fn students(&self) -> Vec<Student> {
        let query = format!(
            "select s.email, s.knack_id, s.name, \
               (select jsonb_agg(v.cycle) from vespa_scores v \
                where v.student_id = s.id and v.academic_year = s.academic_year) as cycles \
             from students s where s.establishment_id::text = $1 and s.academic_year = '{}'",
            self.year
        );
        let rows = self.stage.db.json(&query, &self.id.to_string()).await;
        let student = |row: &Value| {
            let text = |column: &str| row[column].as_str().unwrap_or_default().to_owned();
            let name = text("name").to_lowercase();
            Student {
                email: text("email"),
                knack_id: text("knack_id"),
                given_name: name.split(' ').next().unwrap_or_default().to_owned(),
                cycles: row["cycles"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(cycle)
                    .collect(),
            }
        };
        rows.iter().map(student).collect()
    }
}

/// Whose answers a record holds: who has its e-mail, unless it names somebody else and is not connected with them; else who
/// it is connected with.
fn owner<'a>(record: &Record<'_>, students: &'a [Student]) -> Option<&'a Student> {
    let connected = record.student();
    let is_connected = |student: &&Student| connected.as_deref() == Some(student.knack_id.as_str());
    let email = record.email();
    let has_email =
        |student: &&Student| email.as_deref() == Some(student.email.trim().to_lowercase().as_str());
    let is_named_otherwise = |student: &&Student| {
        let name = record.given_name();
        name.is_some_and(|name| !student.given_name.is_empty() && name != student.given_name)
    };
    let by_email = students.iter().find(has_email);
    let by_email = by_email.filter(|it| is_connected(it) || !is_named_otherwise(it));
    by_email.or_else(|| students.iter().find(is_connected))
}

fn cycle(value: &Value) -> u8 {
    let cycle = value.as_u64().and_then(|cycle| u8::try_from(cycle).ok());
    cycle.unwrap_or_else(|| panic!("no cycle: {value}"))
}
