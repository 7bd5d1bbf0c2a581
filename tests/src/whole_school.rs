//! The sandbox's own schools as stages.

use jiff::civil::date;
use sandbox::data::standard_schools;

use crate::Stage;

impl Stage {
    /// A school of the sandbox, with all its odd records, in a database of its own. Its year is the one before this one, so
    /// that no date depends on how far this year has come.
    ///
    /// # Panics
    /// If the sandbox has no such school.
    pub async fn of_sandbox(knack_id: &str) -> Self {
        let school_on = |today| {
            let mut schools = standard_schools(today).into_iter();
            let found = schools.find(|school| school.knack_id == knack_id);
            found.expect("the sandbox has it")
        };
        let any = school_on(date(2026, 11, 23));
        let calendar = Self::builder().flags(any.is_australian, any.use_standard_year);
        let year = calendar.last_year().start([]).await.year;
        let school = school_on(year.last_day());
        Self::builder()
            .last_year()
            .own_database()
            .school(school)
            .knack(|options| options.rate_limit = false)
            .start([])
            .await
    }

    /// Makes much of what is stored of this school, and is as in Knack, another school's, nobody's, out of date, written in
    /// another way or another record's. Which, depends on the student's record.
    pub async fn scatter(&self) {
        let other = self.another_school().await;
        let of = format!(
            "establishment_id = '{}' and abs(hashtext(knack_id)) % 8",
            self.id
        );
        let whose = format!("student_id in (select id from students where {of}");
        self.db
            .change(&format!(
                "delete from question_responses where {whose} = 1) and question_id > 'q2'; \
                 delete from vespa_scores where {whose} in (1, 5)) and cycle = 1; \
                 update vespa_scores set vision = 1, completion_date = null where {whose} in (1, 5)); \
                 update question_responses set response_value = 1 where {whose} in (1, 5)) and question_id < 'q15'; \
                 update student_comments set comment_text = 'Other' where {whose} in (1, 5)); \
                 update students set email = upper(email) where {of} in (2, 3); \
                 update students set knack_id = reverse(knack_id) where {of} in (2, 5); \
                 delete from students where {of} = 4; \
                 update students set establishment_id = '{other}' where {of} in (0, 3); \
                 update students set establishment_id = null where {of} in (1, 2)"
            ))
            .await;
    }
}
