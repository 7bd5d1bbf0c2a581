//! What students' e-mails would meet outside of their school, read for whoever only wants to know: a refresh meets these rows
//! while it saves. Nothing is written, and no e-mail is part of a URL.

use std::collections::HashSet;

use dashboard::SchoolYear;
use uuid::Uuid;

use super::Run;
use crate::error::{During, SyncError};
use crate::reconcile::{Context, Planned, RowsMet};
use crate::stored::StoredStudents;
use crate::stored::answers::StoredAnswersReader;

impl Run<'_> {
    /// The rows that hold these students' e-mails elsewhere, as far as a student does not have the e-mail yet.
    pub(super) async fn rows_met(
        &self,
        students: impl Iterator<Item = &Planned>,
        of: &SchoolYear,
        context: Context<'_>,
    ) -> Result<RowsMet, SyncError> {
        const DOING: &str = "looking up students";
        let taking = students.filter(|planned| planned.takes_email());
        let emails: HashSet<&str> = taking.map(|it| it.student.email.as_str()).collect();
        if emails.is_empty() {
            return Ok(RowsMet::default());
        }
        let (supabase, stop) = (self.refresh.supabase, self.refresh.stop);
        let students = StoredStudents {
            supabase,
            columns: &self.columns,
        };
        let rows = stop.or_read(students.holders(of, &emails)).await?;
        let rows = rows.during(DOING)?;
        let mut met = RowsMet::default();
        let of_nobody = rows.iter().filter(|row| row.establishment_id.is_none());
        let of_nobody: Vec<Uuid> = of_nobody.map(|row| row.id).collect();
        if context.answers.is_some() && !of_nobody.is_empty() {
            let reader = StoredAnswersReader {
                supabase,
                year: of.year,
            };
            let answers = stop.or_read(reader.of(of.school.id, of_nobody)).await?;
            met.answers = answers.during(DOING)?;
        }
        let by_email = rows.into_iter().map(|row| (row.lower_email.clone(), row));
        met.rows = by_email.collect();
        Ok(met)
    }
}
