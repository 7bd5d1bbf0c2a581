//! Stored answers to the questionnaire.

use serde_json::json;
use uuid::Uuid;

use crate::Stage;

impl Stage {
    /// Stores an answer of a student of this year.
    pub async fn store_answer(&self, student: Uuid, cycle: u8, question: &str, value: i64) -> Uuid {
        let row = json!({
            "student_id": student, "cycle": cycle, "academic_year": self.year, "question_id": question,
            "response_value": value,
        });
        self.db.insert("question_responses", &row).await
    }
}
