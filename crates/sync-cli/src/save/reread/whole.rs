//! Reads everything that belongs to a student again: before a row passes to another student, nothing may have been
//! added to it.

use std::collections::HashSet;

use supabase_client::SupabaseError;
use uuid::Uuid;

use super::{Clearable, OfStudent, Reread};

impl Reread<'_> {
    /// Those of these students of whom nothing else is stored than was read at the beginning, and nothing at all under the keys
    /// that were `cleared`.
    pub(in crate::save) async fn as_read<T: Clearable>(
        &self,
        students: &[Uuid],
        cleared: &[T::Key],
    ) -> Result<HashSet<Uuid>, SupabaseError> {
        let read = |students| T::read(self, students);
        let now: Vec<OfStudent<T>> = self.read_students(students.to_vec(), read).await?;
        let cleared: HashSet<T::Key> = cleared.iter().copied().collect();
        let seen = self.seen.borrow();
        let is_as_read = |(key, value): &(T::Key, T::Value)| {
            if cleared.contains(key) {
                T::is_cleared(value)
            } else {
                T::seen(&seen).get(key) == Some(value)
            }
        };
        let as_read = now.iter().filter(|of| of.rows.iter().all(is_as_read));
        Ok(as_read.map(|of| of.id).collect())
    }
}
