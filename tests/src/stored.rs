//! The rows of a school as they are stored, past every layer above the database.

use serde_json::Value;
use uuid::Uuid;

use crate::Stage;

impl Stage {
    /// The students of this school, by e-mail, without what the database adds by itself.
    pub async fn students(&self) -> Vec<Value> {
        self.students_of(self.id).await
    }

    async fn students_of(&self, school: Uuid) -> Vec<Value> {
        let query = "select knack_id, email, name, year_group, course, faculty, \"group\", gender, academic_year \
                     from students where establishment_id::text = $1 order by email, academic_year";
        self.db.json(query, &school.to_string()).await
    }

    /// The scores of this school, by e-mail and cycle.
    pub async fn scores(&self) -> Vec<Value> {
        self.scores_of(self.id).await
    }

    async fn scores_of(&self, school: Uuid) -> Vec<Value> {
        let query = "select s.email, v.cycle, v.vision, v.effort, v.systems, v.practice, v.attitude, v.overall, \
                     v.completion_date, v.academic_year, v.student_email \
                     from vespa_scores v join students s on s.id = v.student_id \
                     where s.establishment_id::text = $1 order by s.email, v.academic_year, v.cycle";
        self.db.json(query, &school.to_string()).await
    }

    /// The comments of this school, by e-mail, cycle and kind.
    pub async fn comments(&self) -> Vec<Value> {
        self.comments_of(self.id).await
    }

    async fn comments_of(&self, school: Uuid) -> Vec<Value> {
        let query = "select s.email, c.cycle, c.comment_type, c.comment_text, c.knack_field_id, c.academic_year \
                     from student_comments c join students s on s.id = c.student_id \
                     where s.establishment_id::text = $1 order by s.email, c.cycle, c.comment_type";
        self.db.json(query, &school.to_string()).await
    }

    /// The same three of any school.
    pub async fn rows_of(&self, school: Uuid) -> [Vec<Value>; 3] {
        [
            self.students_of(school).await,
            self.scores_of(school).await,
            self.comments_of(school).await,
        ]
    }
}
