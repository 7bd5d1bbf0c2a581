//! Reads stored answers, embedded in their students: that takes a few requests a school, where reading them one by one takes
//! hundreds. Exact, however few rows PostgREST returns at a time: it caps students and each student's answers.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::Deserialize;
use supabase_client::{Persistence, SupabaseClient, SupabaseError};
use sync_protocol::AcademicYear;
use uuid::Uuid;

use super::{ByStudent, Row, StoredAnswers, WholeRow};
use crate::stored::{Label, STUDENTS};

/// Students in one request: some 1.4 MB where all have answered three times.
const STUDENTS_A_REQUEST: usize = 250;

/// So few students never take too long: what fails then is the database's trouble.
const FEWEST_STUDENTS: usize = 50;

/// Ids in one request. Longer URLs are refused on the way (docs/knack-and-dashboard.md, "Reads and long URLs").
const IDS_A_REQUEST: usize = 60;

/// Requests at the same time.
const IN_FLIGHT: usize = 4;

/// What is read of a student. Tables that hang on a student are named with the column that refers to it: with a second key
/// between two tables, PostgREST would not know which is meant.
const SELECTED: &str = "id,answers:question_responses!student_id(cycle,question_id,response_value),\
                        dated:question_responses!student_id(count),undated:question_responses!student_id(count)";

/// Reads the answers of one year.
#[derive(Clone, Copy)]
pub(crate) struct StoredAnswersReader<'a> {
    pub(crate) supabase: &'a SupabaseClient,
    pub(crate) year: AcademicYear,
}

/// A student as PostgREST returns it.
#[derive(Deserialize)]
struct OfStudent {
    id: Uuid,
    answers: Vec<Row>,
    dated: Vec<Count>,
    undated: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    count: usize,
}

/// Which students a request is about.
#[derive(Clone, Copy)]
enum Named {
    /// Those of a school between the first and the last.
    Between { school: Uuid },
    /// Those of a school among these, and those of no school.
    These { school: Uuid },
}

impl StoredAnswersReader<'_> {
    /// The answers of a school's students, who are all that it has, or nearly: a student who is not named but whose id lies
    /// between is read too.
    pub(crate) async fn of_school(
        self,
        school: Uuid,
        mut students: Vec<Uuid>,
    ) -> Result<ByStudent, SupabaseError> {
        students.sort_unstable();
        let named = Named::Between { school };
        self.read(&students, STUDENTS_A_REQUEST, named).await
    }

    /// The answers of these students alone, as far as they are the school's or no school's.
    pub(crate) async fn of(
        self,
        school: Uuid,
        mut students: Vec<Uuid>,
    ) -> Result<ByStudent, SupabaseError> {
        students.sort_unstable();
        students.dedup();
        let named = Named::These { school };
        self.read(&students, IDS_A_REQUEST, named).await
    }

    async fn read(
        self,
        students: &[Uuid],
        at_most: usize,
        named: Named,
    ) -> Result<ByStudent, SupabaseError> {
        let parts = stream::iter(students.chunks(at_most).map(|part| self.part(part, named)));
        let parts: Vec<ByStudent> = parts.buffer_unordered(IN_FLIGHT).try_collect().await?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// The answers of students, who are in the order of their ids.
    async fn part(self, students: &[Uuid], named: Named) -> Result<ByStudent, SupabaseError> {
        let (mut read, mut cut) = (ByStudent::new(), Vec::new());
        let mut waiting = vec![students];
        while let Some(part) = waiting.pop() {
            let (Some(first), Some(last)) = (part.first(), part.last()) else {
                continue;
            };
            let rows = match self.page(part, *first, *last, named).await {
                Ok(rows) => rows,
                Err(SupabaseError::TooSlow(_) | SupabaseError::TooLarge)
                    if part.len() > FEWEST_STUDENTS =>
                {
                    tracing::info!(
                        students = part.len(),
                        "reading answers of fewer students at once"
                    );
                    let fewer = (part.len() / 4).max(FEWEST_STUDENTS);
                    waiting.extend(part.chunks(fewer).rev());
                    continue;
                }
                Err(error) => return Err(error),
            };
            // Students are capped too. What does not come after the last of them was deleted.
            if let Some(reached) = rows.last().map(|row| row.id) {
                let rest = part.partition_point(|student| *student <= reached);
                waiting.push(&part[rest..]);
            }
            for row in rows {
                let (answers, is_whole) = row.compact();
                if is_whole {
                    read.insert(row.id, answers);
                } else {
                    cut.push(row.id);
                }
            }
        }
        for some in cut.chunks(IDS_A_REQUEST) {
            read.extend(self.row_by_row(some).await?);
        }
        Ok(read)
    }

    async fn page(
        self,
        part: &[Uuid],
        first: Uuid,
        last: Uuid,
        named: Named,
    ) -> Result<Vec<OfStudent>, SupabaseError> {
        let year = self.year.to_string();
        let students = self.supabase.table(STUDENTS).select(SELECTED);
        let students = match named {
            Named::Between { school } => students
                .eq("establishment_id", school.to_string())
                .eq("academic_year", &year)
                .gte("id", first.to_string())
                .lte("id", last.to_string()),
            Named::These { school } => students
                .or(format!(
                    "establishment_id.eq.{school},establishment_id.is.null"
                ))
                .in_("id", part.iter().map(Uuid::to_string)),
        };
        let rows = students
            .eq("answers.academic_year", &year)
            .eq("dated.academic_year", &year)
            .is("undated.academic_year", "null")
            .order("id");
        let persistence = if part.len() > FEWEST_STUDENTS {
            Persistence::Divisible
        } else {
            Persistence::Patient
        };
        let at_most = part.len() as u64;
        self.supabase.read_at_most(rows, at_most, persistence).await
    }

    /// The answers of few students, each row by itself: of those who have more than PostgREST returns at once, and of those
    /// with rows that name no year.
    async fn row_by_row(self, students: &[Uuid]) -> Result<ByStudent, SupabaseError> {
        let ids: Vec<String> = students.iter().map(Uuid::to_string).collect();
        let any = format!("academic_year.eq.{},academic_year.is.null", self.year);
        let query = || {
            let answers = self.supabase.table("question_responses");
            let answers =
                answers.select("id,student_id,cycle,question_id,response_value,academic_year");
            answers.in_("student_id", ids.clone()).or(&any)
        };
        let id = |row: &WholeRow| row.id.to_string();
        let rows = Box::pin(self.supabase.read_all(query, id)).await?;
        let mut read: ByStudent = HashMap::new();
        for student in students {
            read.insert(*student, StoredAnswers::default());
        }
        let is_dated = |row: &WholeRow| row.label != Label::Missing;
        let (dated, undated): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_dated);
        for row in dated {
            read.entry(row.student_id).or_default().add(&row.row);
        }
        for row in undated {
            let of_student = read.entry(row.student_id).or_default();
            of_student.add_undated(&row.row, row.id);
        }
        Ok(read)
    }
}

impl OfStudent {
    /// Its answers, and whether these are all.
    fn compact(&self) -> (StoredAnswers, bool) {
        let mut answers = StoredAnswers::default();
        for row in &self.answers {
            answers.add(row);
        }
        let count = |counts: &[Count]| counts.iter().map(|count| count.count).sum::<usize>();
        let is_whole = count(&self.dated) <= self.answers.len() && count(&self.undated) == 0;
        (answers, is_whole)
    }
}
