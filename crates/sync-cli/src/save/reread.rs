//! Nothing newer is overwritten: rows about to be overwritten are read again just before, and those that differ from what was
//! read at the beginning are kept, whoever wrote them. Only what is written in the last second before the last request, or
//! during it, can be lost.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use dashboard::SchoolYear;
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use supabase_client::{Query, SupabaseError};
use uuid::Uuid;

use super::keys::{CommentKey, ScoreKey};
use super::pending::Pending;
use super::rows::{CommentRow, KnownStudentRow, ScoreRow};
use crate::domain::Details;
use crate::stored::{StoredComment, StoredScores, StoredStudent, StoredStudents, of_year};

/// Ids in one request. Longer URLs are refused on the way (docs/knack-and-dashboard.md, "Reads and long URLs").
const IDS_A_REQUEST: usize = 60;

/// A row to write that may be stored already, and how to read what is stored.
pub(super) trait Stored: Sized {
    /// By which it is stored.
    type Key: Copy + Eq + Hash + DeserializeOwned;
    /// What is compared of it.
    type Value: PartialEq;

    /// The columns of the key.
    const KEY: &'static str;

    fn key(&self) -> Self::Key;

    /// Whether this is what it would be stored as.
    fn equals(&self, stored: &Self::Value) -> bool;

    /// What was read at the beginning.
    fn seen(seen: &Seen) -> &HashMap<Self::Key, Self::Value>;

    /// The row of `students` that it is, or refers to.
    fn student(key: Self::Key) -> Uuid;

    /// Rows of so many students as they are now.
    async fn read(
        reread: &Reread<'_>,
        students: Vec<String>,
    ) -> Result<HashMap<Self::Key, Self::Value>, SupabaseError>;
}

/// A student's own columns.
#[derive(PartialEq)]
pub(super) struct Columns {
    establishment_id: Option<Uuid>,
    knack_id: String,
    email: String,
    details: Details,
}

impl Columns {
    fn of(student: &StoredStudent) -> Self {
        Self {
            establishment_id: student.establishment_id,
            knack_id: student.knack_id.clone(),
            email: student.email.clone(),
            details: student.details.clone(),
        }
    }
}

/// Rows as they were read at the beginning. One that is not among them was not there.
#[derive(Default)]
pub(super) struct Seen {
    students: HashMap<Uuid, Columns>,
    scores: HashMap<ScoreKey, StoredScores>,
    comments: HashMap<CommentKey, StoredComment>,
}

impl Seen {
    pub(super) fn of(stored: &[StoredStudent]) -> Self {
        let mut seen = Self::default();
        for student in stored {
            seen.add(student);
        }
        seen
    }

    pub(super) fn add(&mut self, student: &StoredStudent) {
        let student_id = student.id;
        self.students.insert(student_id, Columns::of(student));
        for scores in &student.scores {
            let cycle = scores.cycle;
            let key = ScoreKey { student_id, cycle };
            self.scores.insert(key, scores.clone());
        }
        for comment in &student.comments {
            let key = CommentKey {
                student_id,
                cycle: comment.cycle,
                comment_type: comment.comment_type,
            };
            self.comments.insert(key, comment.clone());
        }
    }
}

/// Reads rows again.
pub(super) struct Reread<'a> {
    pub(super) source: StoredStudents<'a>,
    pub(super) of: &'a SchoolYear,
    pub(super) seen: RefCell<Seen>,
}

impl Reread<'_> {
    /// Of each of these rows, whether the one that it would overwrite is no longer as it was.
    pub(super) async fn newer<T: Stored>(
        &self,
        rows: &[&Pending<T>],
    ) -> Result<Vec<bool>, SupabaseError> {
        let unsure = rows.iter().filter(|row| !row.last_read.is_fresh());
        let unsure: Vec<_> = unsure.collect();
        let keys: Vec<T::Key> = unsure.iter().map(|row| row.row.key()).collect();
        let now = self.stored::<T>(&keys).await?;
        for row in &unsure {
            row.last_read.renew();
        }
        let changed = changed(&keys, T::seen(&self.seen.borrow()), &now);
        Ok(rows
            .iter()
            .map(|row| changed.contains(&row.row.key()))
            .collect())
    }

    /// What is stored under these keys now. Read side by side, so that little time passes before the rows are written.
    pub(super) async fn stored<T: Stored>(
        &self,
        keys: &[T::Key],
    ) -> Result<HashMap<T::Key, T::Value>, SupabaseError> {
        let mut students: Vec<Uuid> = keys.iter().map(|key| T::student(*key)).collect();
        students.sort_unstable();
        students.dedup();
        let reads = students.chunks(IDS_A_REQUEST).map(|some| {
            let some = some.iter().map(Uuid::to_string).collect();
            T::read(self, some)
        });
        Ok(try_join_all(reads).await?.into_iter().flatten().collect())
    }

    /// The primary keys of scores that name no year and are still as they were read. A row that is not among them has changed.
    pub(super) async fn ids_without_year(
        &self,
        keys: &[ScoreKey],
    ) -> Result<HashMap<ScoreKey, Uuid>, SupabaseError> {
        let mut students: Vec<Uuid> = keys.iter().map(|key| key.student_id).collect();
        students.sort_unstable();
        students.dedup();
        let selected = format!("id,student_id,{}", self.source.of_scores());
        let query = || {
            let scores = self.source.supabase.table("vespa_scores");
            scores.select(&selected).is("academic_year", "null")
        };
        let reads = students.chunks(IDS_A_REQUEST).map(|some| {
            let some = some.iter().map(Uuid::to_string).collect();
            self.of_students::<StoredScores>(query, some)
        });
        let mut rows: Vec<_> = try_join_all(reads).await?.into_iter().flatten().collect();
        rows.sort_by_key(|of| Reverse(of.id));
        let seen = self.seen.borrow();
        let id = |of: OfStudent<StoredScores>| {
            let key = ScoreKey {
                student_id: of.student_id,
                cycle: of.row.cycle,
            };
            (seen.scores.get(&key) == Some(&of.row)).then_some((key, of.id))
        };
        Ok(rows.into_iter().filter_map(id).collect())
    }

    /// The rows of these students, however few PostgREST returns at a time: one that does not come would count as gone.
    async fn of_students<T: DeserializeOwned>(
        &self,
        query: impl Fn() -> Query,
        students: Vec<String>,
    ) -> Result<Vec<OfStudent<T>>, SupabaseError> {
        let query = || query().in_("student_id", students.clone());
        let id = |of: &OfStudent<T>| of.id.to_string();
        Box::pin(self.source.supabase.read_all(query, id)).await
    }
}

#[derive(Deserialize)]
struct OfStudent<T> {
    id: Uuid,
    student_id: Uuid,
    #[serde(flatten)]
    row: T,
}

impl Stored for KnownStudentRow {
    type Key = Uuid;
    type Value = Columns;

    const KEY: &'static str = "id";

    fn key(&self) -> Uuid {
        self.id()
    }

    fn equals(&self, _: &Columns) -> bool {
        // Students are inserted by another kind of row.
        false
    }

    fn seen(seen: &Seen) -> &HashMap<Uuid, Columns> {
        &seen.students
    }

    fn student(key: Uuid) -> Uuid {
        key
    }

    async fn read(
        reread: &Reread<'_>,
        students: Vec<String>,
    ) -> Result<HashMap<Uuid, Columns>, SupabaseError> {
        let rows = reread.source.alone(students).await?;
        Ok(rows.iter().map(|row| (row.id, Columns::of(row))).collect())
    }
}

impl Stored for ScoreRow {
    type Key = ScoreKey;
    type Value = StoredScores;

    const KEY: &'static str = "student_id,cycle";

    fn key(&self) -> ScoreKey {
        self.key()
    }

    fn equals(&self, stored: &StoredScores) -> bool {
        *stored == self.stored(stored)
    }

    fn seen(seen: &Seen) -> &HashMap<ScoreKey, StoredScores> {
        &seen.scores
    }

    fn student(key: ScoreKey) -> Uuid {
        key.student_id
    }

    async fn read(
        reread: &Reread<'_>,
        students: Vec<String>,
    ) -> Result<HashMap<ScoreKey, StoredScores>, SupabaseError> {
        let selected = format!("id,student_id,{}", reread.source.of_scores());
        let query = || {
            let scores = reread.source.supabase.table("vespa_scores");
            scores.select(&selected)
        };
        let rows = reread.of_students::<StoredScores>(query, students).await?;
        let mut by_student: HashMap<Uuid, Vec<StoredScores>> = HashMap::new();
        for of in rows {
            by_student.entry(of.student_id).or_default().push(of.row);
        }
        let year = reread.of.year;
        let of_student = |(student_id, scores): (Uuid, Vec<StoredScores>)| {
            let keyed = move |scores: StoredScores| {
                let cycle = scores.cycle;
                (ScoreKey { student_id, cycle }, scores)
            };
            of_year(scores, year).into_iter().map(keyed)
        };
        Ok(by_student.into_iter().flat_map(of_student).collect())
    }
}

impl Stored for CommentRow {
    type Key = CommentKey;
    type Value = StoredComment;

    const KEY: &'static str = "student_id,cycle,comment_type";

    fn key(&self) -> CommentKey {
        self.key()
    }

    fn equals(&self, stored: &StoredComment) -> bool {
        *stored == self.stored(stored.label)
    }

    fn seen(seen: &Seen) -> &HashMap<CommentKey, StoredComment> {
        &seen.comments
    }

    fn student(key: CommentKey) -> Uuid {
        key.student_id
    }

    async fn read(
        reread: &Reread<'_>,
        students: Vec<String>,
    ) -> Result<HashMap<CommentKey, StoredComment>, SupabaseError> {
        let selected = format!("id,student_id,{}", reread.source.of_comments());
        let query = || {
            let comments = reread.source.supabase.table("student_comments");
            comments.select(&selected)
        };
        let rows = reread.of_students::<StoredComment>(query, students).await?;
        let key = |of: OfStudent<StoredComment>| {
            let key = CommentKey {
                student_id: of.student_id,
                cycle: of.row.cycle,
                comment_type: of.row.comment_type,
            };
            (key, of.row)
        };
        Ok(rows.into_iter().map(key).collect())
    }
}

/// Keys whose value is another now than it was, or is there now and was not, or the other way round.
fn changed<K: Copy + Eq + Hash, V: PartialEq>(
    keys: &[K],
    seen: &HashMap<K, V>,
    now: &HashMap<K, V>,
) -> HashSet<K> {
    let is_changed = |key: &&K| seen.get(key) != now.get(key);
    keys.iter().filter(is_changed).copied().collect()
}

/// For rows that overwrite none.
pub(super) async fn nothing_newer<T>(rows: &[&Pending<T>]) -> Result<Vec<bool>, SupabaseError> {
    Ok(vec![false; rows.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_changed_if_its_value_has_or_if_it_came_or_went() {
        let seen = HashMap::from([(1, "a"), (2, "b"), (3, "c")]);
        let now = HashMap::from([(1, "a"), (2, "x"), (4, "d")]);
        let expected = HashSet::from([2, 3, 4]);
        assert_eq!(changed(&[1, 2, 3, 4, 5], &seen, &now), expected);
    }
}
