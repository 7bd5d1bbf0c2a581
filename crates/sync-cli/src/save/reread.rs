//! Nothing newer is overwritten, and nothing is written to a student who is this school's no more: rows are read again just
//! before each attempt to write them. Those that differ from what was read at the beginning are kept, whoever wrote them. Only
//! what is written between that reading and the write, or during it, can be lost.

mod kinds;
mod whole;

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::time::{Duration, Instant};

use dashboard::{SchoolYear, establishments};
use futures_util::future::try_join_all;
use serde::de::{DeserializeOwned, IgnoredAny};
use supabase_client::{SqlState, SupabaseError};
use sync_protocol::EstablishmentId;
use uuid::Uuid;

use super::keys::{CommentKey, ScoreKey};
use super::pending::Pending;
use crate::domain::Details;
use crate::stored::{
    CarriedRecord, ScoresWithoutYear, StoredComment, StoredScores, StoredStudent, StoredStudents,
};

/// Ids in one request. Longer URLs are refused on the way (docs/knack-and-dashboard.md, "Reads and long URLs").
const IDS_A_REQUEST: usize = 60;

/// Whose a student is is not asked again so soon for a row that replaces none, however often its batch is cut.
const RECENT: Duration = Duration::from_secs(1);

/// A row to write that may be stored already, and how to read what is stored.
pub(super) trait Stored: Sized {
    /// By which it is stored.
    type Key: Copy + Eq + Hash + DeserializeOwned;
    /// The part that is compared.
    type Value: PartialEq;

    /// The columns of the key.
    const KEY: &'static str;

    fn key(&self) -> Self::Key;

    /// Whether this is what it would be stored as.
    fn equals(&self, stored: &Self::Value) -> bool;

    /// The rows read at the beginning.
    fn seen(seen: &Seen) -> &HashMap<Self::Key, Self::Value>;

    /// The row of `students` that it is, or refers to.
    fn student(key: Self::Key) -> Uuid;

    /// These students, and their rows of this kind, as they are now.
    async fn read(
        reread: &Reread<'_>,
        students: Vec<String>,
    ) -> Result<Vec<OfStudent<Self>>, SupabaseError>;
}

/// Of such rows, others' are cleared before a student's own are written.
pub(super) trait Clearable: Stored {
    /// The rows read at the beginning.
    fn seen_mut(seen: &mut Seen) -> &mut HashMap<Self::Key, Self::Value>;

    /// Whether a row holds nothing of anybody's.
    fn is_cleared(stored: &Self::Value) -> bool;
}

/// A student as it is now.
pub(super) struct OfStudent<T: Stored> {
    id: Uuid,
    establishment_id: Option<Uuid>,
    rows: Vec<(T::Key, T::Value)>,
}

/// The rows stored now under some keys.
pub(super) struct Current<T: Stored> {
    rows: HashMap<T::Key, T::Value>,
    /// The school of each student; one that has been deleted is not among them.
    schools: HashMap<Uuid, Option<Uuid>>,
}

/// What has become of a row to be written since it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Now {
    /// It is as it was, so it may be written.
    AsRead,
    /// Somebody else has written it.
    Changed,
    /// It is not this school's any more: somebody else has deleted it alone, or its student is at another school.
    Gone,
    /// Its student has been deleted.
    StudentDeleted,
}

/// Why rows are looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// They are about to be written.
    AboutToWrite,
    /// The database refused them since something that they refer to is missing.
    KeyMissing,
}

/// A student's own columns.
#[derive(PartialEq)]
pub(super) struct Columns {
    establishment_id: Option<Uuid>,
    knack_id: CarriedRecord,
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
    /// Students whom this run has added: nobody else has known them for longer.
    added: HashSet<Uuid>,
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

    pub(super) fn add_own(&mut self, student: Uuid) {
        self.added.insert(student);
    }
}

/// Reads rows again.
pub(super) struct Reread<'a> {
    pub(super) source: StoredStudents<'a>,
    pub(super) of: &'a SchoolYear,
    pub(super) seen: RefCell<Seen>,
    /// When it was last found out whose a student is, for rows to be added.
    pub(super) found: RefCell<HashMap<Uuid, Instant>>,
}

impl Reread<'_> {
    /// Finds what has become of rows that would be overwritten.
    pub(super) async fn overwritten<T: Stored>(
        &self,
        rows: &[&Pending<T>],
        why: Why,
    ) -> Result<Vec<Now>, SupabaseError> {
        if why == Why::KeyMissing {
            self.expect_school().await?;
        }
        let keys: Vec<T::Key> = rows.iter().map(|row| row.row.key()).collect();
        let current = self.current::<T>(&keys).await?;
        let seen = self.seen.borrow();
        let now = |key| current.now(key, T::seen(&seen), self.of.school.id);
        Ok(keys.into_iter().map(now).collect())
    }

    /// The same of rows that would be added. They replace none, but a student whom they refer to must still be this school's.
    pub(super) async fn added<T: Stored>(
        &self,
        rows: &[&Pending<T>],
        why: Why,
    ) -> Result<Vec<Now>, SupabaseError> {
        let student = |row: &&Pending<T>| T::student(row.row.key());
        let mut unsure: Vec<Uuid> = rows.iter().map(student).collect();
        match why {
            Why::KeyMissing => self.expect_school().await?,
            Why::AboutToWrite => {
                let (added, found) = (&self.seen.borrow().added, self.found.borrow());
                let is_sure = |student: &Uuid| {
                    let found = found.get(student);
                    added.contains(student) || found.is_some_and(|it| it.elapsed() < RECENT)
                };
                unsure.retain(|student| !is_sure(student));
            }
        }
        let asked: HashSet<Uuid> = unsure.iter().copied().collect();
        let owned = |students| self.source.owned::<IgnoredAny>(None, students);
        let owners = self.read_students(unsure, owned).await?;
        let schools: HashMap<Uuid, Option<Uuid>> = owners
            .into_iter()
            .map(|owned| (owned.id, owned.establishment_id))
            .collect();
        let found = Instant::now();
        self.found
            .borrow_mut()
            .extend(asked.iter().map(|student| (*student, found)));
        let now = |row| {
            let student = student(row);
            if asked.contains(&student) {
                owner(student, &schools, self.of.school.id).unwrap_or(Now::AsRead)
            } else {
                Now::AsRead
            }
        };
        Ok(rows.iter().map(now).collect())
    }

    /// The same of students who are new, and so refer to nothing but the school.
    pub(super) async fn new_students<T>(
        &self,
        rows: &[&Pending<T>],
        why: Why,
    ) -> Result<Vec<Now>, SupabaseError> {
        if why == Why::KeyMissing {
            self.expect_school().await?;
        }
        Ok(vec![Now::AsRead; rows.len()])
    }

    /// `Err` once the school has been deleted: everything of it went with it.
    pub(super) async fn expect_school(&self) -> Result<(), SupabaseError> {
        let id = EstablishmentId::Supabase(self.of.school.id);
        match establishments::find(self.source.supabase, id).await? {
            Some(_) => Ok(()),
            None => Err(SupabaseError::SchoolGone(SqlState::default())),
        }
    }

    /// From here on, what is stored under these keys now is what was read.
    pub(super) async fn renew<T: Clearable>(&self, keys: &[T::Key]) -> Result<(), SupabaseError> {
        let mut current = self.current::<T>(keys).await?.rows;
        let mut seen = self.seen.borrow_mut();
        let seen = T::seen_mut(&mut seen);
        for key in keys {
            match current.remove(key) {
                Some(now) => seen.insert(*key, now),
                None => seen.remove(key),
            };
        }
        Ok(())
    }

    /// Reads the rows stored under these keys now, side by side, so that little time passes before they are written.
    pub(super) async fn current<T: Stored>(
        &self,
        keys: &[T::Key],
    ) -> Result<Current<T>, SupabaseError> {
        let students = keys.iter().map(|key| T::student(*key)).collect();
        let read = |students| T::read(self, students);
        let students = self.read_students(students, read).await?;
        let (mut rows, mut schools) = (HashMap::new(), HashMap::new());
        for student in students {
            schools.insert(student.id, student.establishment_id);
            rows.extend(student.rows);
        }
        Ok(Current { rows, schools })
    }

    /// Reads students by their ids. Where one of them has been deleted, the school may have been.
    async fn read_students<S>(
        &self,
        students: Vec<Uuid>,
        read: impl AsyncFn(Vec<String>) -> Result<Vec<S>, SupabaseError>,
    ) -> Result<Vec<S>, SupabaseError> {
        let asked: HashSet<Uuid> = students.iter().copied().collect();
        let found = side_by_side(students, read).await?;
        if found.len() < asked.len() {
            self.expect_school().await?;
        }
        Ok(found)
    }

    /// The primary keys of scores that name no year and are still as they were read.
    pub(super) async fn ids_without_year(
        &self,
        keys: &[ScoreKey],
    ) -> Result<HashMap<ScoreKey, Uuid>, SupabaseError> {
        let students = keys.iter().map(|key| key.student_id).collect();
        let read = |students| self.source.scores_without_year(students);
        let mut rows: Vec<ScoresWithoutYear> = side_by_side(students, read).await?;
        rows.sort_by_key(|row| Reverse(row.id));
        let seen = self.seen.borrow();
        let id = |row: ScoresWithoutYear| {
            let key = ScoreKey {
                student_id: row.student_id,
                cycle: row.scores.cycle,
            };
            (seen.scores.get(&key) == Some(&row.scores)).then_some((key, row.id))
        };
        Ok(rows.into_iter().filter_map(id).collect())
    }
}

/// Why nothing may be written to a student, if so.
fn owner(student: Uuid, schools: &HashMap<Uuid, Option<Uuid>>, school: Uuid) -> Option<Now> {
    match schools.get(&student) {
        None => Some(Now::StudentDeleted),
        Some(of) if *of == Some(school) => None,
        Some(_) => Some(Now::Gone),
    }
}

/// Reads by students' ids, so many in one request.
async fn side_by_side<S>(
    mut students: Vec<Uuid>,
    read: impl AsyncFn(Vec<String>) -> Result<Vec<S>, SupabaseError>,
) -> Result<Vec<S>, SupabaseError> {
    students.sort_unstable();
    students.dedup();
    let reads = students.chunks(IDS_A_REQUEST).map(|some| {
        let some = some.iter().map(Uuid::to_string).collect();
        read(some)
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

impl<T: Stored> Current<T> {
    pub(super) fn get(&self, key: T::Key) -> Option<&T::Value> {
        self.rows.get(&key)
    }

    /// Tells what has become of the row with this key, of a student of `school`.
    fn now(&self, key: T::Key, seen: &HashMap<T::Key, T::Value>, school: Uuid) -> Now {
        let student = T::student(key);
        let (seen, now) = (seen.get(&key), self.rows.get(&key));
        let is_as_read = seen == now;
        // A row without a school that is adopted is nobody's, as it was.
        let is_nobodys = self.schools.get(&student) == Some(&None);
        match owner(student, &self.schools, school) {
            Some(_) if is_as_read && is_nobodys && now.is_some() => Now::AsRead,
            Some(gone) => gone,
            None if is_as_read => Now::AsRead,
            None if now.is_none() => Now::Gone,
            None => Now::Changed,
        }
    }

    /// Whether the student of this key has been deleted.
    pub(super) fn lacks_student(&self, key: T::Key) -> bool {
        !self.schools.contains_key(&T::student(key))
    }
}

#[cfg(test)]
mod tests;
