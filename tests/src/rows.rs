//! Rows as they are expected, and as others leave them: written out from a pupil, apart from the code under test.

use jiff::civil::Date;
use sandbox::data::{Cycle, Pupil};
use serde_json::{Value, json};
use sync_protocol::{AcademicYear, SkipReason, Summary, WarningCode};
use uuid::Uuid;

use crate::Stage;

const RRC_FIELDS: [&str; 3] = ["field_2302", "field_2303", "field_2304"];
const GOAL_FIELDS: [&str; 3] = ["field_2499", "field_2493", "field_2494"];

impl Stage {
    /// Puts a pupil into Knack, or another state of it in its place. Its e-mail is made the test's own.
    pub fn put(&self, pupil: &Pupil) {
        self.knack.put("object_10", self.record(pupil.clone()));
    }

    /// What [`Stage::students`] shows of a pupil of this year.
    pub fn student_row(&self, pupil: &Pupil) -> Value {
        json!({
            "knack_id": pupil.record_id, "email": self.own_email_of(pupil), "name": pupil.name.full(),
            "year_group": pupil.year_group, "course": pupil.course, "faculty": pupil.faculty,
            "group": pupil.group, "gender": pupil.gender, "academic_year": self.year,
        })
    }

    /// What [`Stage::scores`] shows of a pupil of this year, every cycle with the one date.
    pub fn score_rows(&self, pupil: &Pupil) -> Vec<Value> {
        let date = pupil.completed.expect("only who has completed has scores");
        let row = |(cycle, scores)| self.score_row(pupil, cycle, scores, date);
        cycles(pupil).map(row).collect()
    }

    /// What [`Stage::scores`] shows of one cycle of a pupil.
    pub fn score_row(&self, pupil: &Pupil, cycle: usize, scores: Cycle, date: Date) -> Value {
        let mut row = score_columns(scores);
        row["email"] = json!(self.own_email_of(pupil));
        row["cycle"] = json!(cycle);
        row["completion_date"] = json!(date);
        row["academic_year"] = json!(self.year);
        row["student_email"] = json!(self.own_email_of(pupil));
        row
    }

    /// What [`Stage::comments`] shows of a pupil of this year.
    pub fn comment_rows(&self, pupil: &Pupil) -> Vec<Value> {
        let row = |(cycle, kind, text, field): (usize, &str, &str, &str)| {
            json!({
                "email": self.own_email_of(pupil), "cycle": cycle, "comment_type": kind, "comment_text": text,
                "knack_field_id": field, "academic_year": self.year,
            })
        };
        comments(pupil).map(row).collect()
    }

    /// Stores a pupil of this school and year as the nightly job leaves it: e-mail in lower case, texts as displayed, one
    /// date on every cycle, comments with their field. Of the e-mail in the rows of scores, which that job leaves alone, an
    /// earlier refresh has taken care. Returns the student's id.
    pub async fn store_nightly(&self, pupil: &Pupil) -> Uuid {
        self.store_nightly_of(pupil, self.year).await
    }

    /// As [`Stage::store_nightly`], of any year.
    pub async fn store_nightly_of(&self, pupil: &Pupil, year: AcademicYear) -> Uuid {
        let mut row = self.student_row(pupil);
        let email = json!(self.own_email_of(pupil).to_lowercase());
        row["email"] = email.clone();
        row["academic_year"] = json!(year);
        row["establishment_id"] = json!(self.id);
        let student = self.db.insert("students", &row).await;
        for (cycle, scores) in cycles(pupil) {
            let mut row = score_columns(scores);
            row["student_id"] = json!(student);
            row["cycle"] = json!(cycle);
            row["completion_date"] = json!(pupil.completed);
            row["academic_year"] = json!(year);
            row["student_email"] = email.clone();
            self.db.insert("vespa_scores", &row).await;
        }
        for (cycle, kind, text, field) in comments(pupil) {
            let row = json!({
                "student_id": student, "cycle": cycle, "comment_type": kind, "comment_text": text,
                "knack_field_id": field, "academic_year": year,
            });
            self.db.insert("student_comments", &row).await;
        }
        student
    }

    /// Adds a school with nothing in Knack, and returns its Supabase id.
    pub async fn another_school(&self) -> Uuid {
        let knack_id = Uuid::new_v4().simple().to_string();
        let row = json!({"knack_id": &knack_id[..24], "name": "Another School"});
        self.db.insert("establishments", &row).await
    }

    /// Every column of everything this school has, to be compared with a later state of it.
    pub async fn everything(&self) -> Vec<Value> {
        self.everything_of(self.id).await
    }

    /// Every column of everything a school has, to be compared with a later state of it.
    pub async fn everything_of(&self, school: Uuid) -> Vec<Value> {
        let mut all = Vec::new();
        for query in [
            "select * from students where establishment_id::text = $1 order by id",
            "select v.* from vespa_scores v join students s on s.id = v.student_id \
             where s.establishment_id::text = $1 order by v.id",
            "select c.* from student_comments c join students s on s.id = c.student_id \
             where s.establishment_id::text = $1 order by c.id",
        ] {
            all.extend(self.db.json(query, &school.to_string()).await);
        }
        all
    }

    /// The ids and Knack ids of this school's rows, by e-mail and year: who is who.
    pub async fn identities(&self) -> Vec<(Uuid, String, String)> {
        let query = "select id, email, knack_id from students where establishment_id::text = $1 \
                     order by email, academic_year";
        let rows = self.db.json(query, &self.id.to_string()).await;
        let text = |row: &Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
        rows.iter()
            .map(|row| {
                let id = text(row, "id").parse().expect("ids are UUIDs");
                (id, text(row, "email"), text(row, "knack_id"))
            })
            .collect()
    }

    /// What was written since the proxy's record began, but for the log: table and rows of each request, by table.
    pub fn written(&self) -> Vec<(String, usize)> {
        let mut written: Vec<(String, usize)> = self
            .proxy
            .writes()
            .iter()
            .filter(|write| write.table() != "sync_logs")
            .map(|write| (write.table().to_owned(), write.rows.unwrap_or(1)))
            .collect();
        written.sort();
        written
    }

    fn own_email_of(&self, pupil: &Pupil) -> String {
        let email = pupil.email.as_deref().expect("who is stored has an e-mail");
        self.email(email.split('@').next().unwrap_or(email))
    }
}

/// The records a summary warns about, by code.
pub fn warned(summary: &Summary) -> Vec<(WarningCode, Vec<String>)> {
    let warnings = summary.warnings.iter();
    warnings
        .map(|warning| (warning.code, sorted(&warning.record_ids)))
        .collect()
}

/// The records a summary calls skipped, by reason.
pub fn skipped(summary: &Summary) -> Vec<(SkipReason, Vec<String>)> {
    let skips = summary.skipped.iter();
    skips
        .map(|skip| (skip.reason, sorted(&skip.record_ids)))
        .collect()
}

/// Inserted, updated and unchanged rows of students, scores and comments.
pub fn changes(summary: &Summary) -> [[u64; 3]; 3] {
    let changes = &summary.changes;
    [changes.students, changes.vespa_scores, changes.comments]
        .map(|table| [table.inserted, table.updated, table.unchanged])
}

fn sorted(ids: &[sync_protocol::KnackRecordId]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

fn cycles(pupil: &Pupil) -> impl Iterator<Item = (usize, Cycle)> {
    (1..)
        .zip(pupil.scores)
        .filter_map(|(cycle, scores)| Some((cycle, scores?)))
}

/// By cycle, goal before reflection, as [`Stage::comments`] orders them.
fn comments(pupil: &Pupil) -> impl Iterator<Item = (usize, &str, &str, &str)> {
    (0..3).flat_map(|index| {
        let goal = pupil.goal[index]
            .as_deref()
            .map(|text| (index + 1, "goal", text, GOAL_FIELDS[index]));
        let rrc = pupil.rrc[index]
            .as_deref()
            .map(|text| (index + 1, "rrc", text, RRC_FIELDS[index]));
        [goal, rrc].into_iter().flatten()
    })
}

fn score_columns([vision, effort, systems, practice, attitude, overall]: Cycle) -> Value {
    json!({
        "vision": vision, "effort": effort, "systems": systems, "practice": practice, "attitude": attitude,
        "overall": overall,
    })
}
