//! Reads rows again just before they are written, with the school that each student belongs to now.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use supabase_client::SupabaseError;
use uuid::Uuid;

use super::{STUDENTS, StoredScores, StoredStudents};

/// Whose a student is, with its rows of one table.
#[derive(Deserialize)]
pub(crate) struct Owned<T> {
    pub(crate) id: Uuid,
    pub(crate) establishment_id: Option<Uuid>,
    /// By the table, if one was asked for.
    #[serde(flatten)]
    tables: HashMap<String, Vec<T>>,
}

impl<T> Owned<T> {
    /// The rows of the table that was asked for.
    pub(crate) fn rows(self) -> Vec<T> {
        self.tables.into_values().flatten().collect()
    }
}

/// A score that names no year.
#[derive(Deserialize)]
pub(crate) struct ScoresWithoutYear {
    pub(crate) id: Uuid,
    pub(crate) student_id: Uuid,
    #[serde(flatten)]
    pub(crate) scores: StoredScores,
}

impl StoredStudents<'_> {
    /// Whose these students are, with their rows of one table (and those columns of it) if one is named.
    pub(crate) async fn owned<T: DeserializeOwned>(
        self,
        table: Option<(&str, &str)>,
        students: Vec<String>,
    ) -> Result<Vec<Owned<T>>, SupabaseError> {
        let embedded = table.map(|(table, columns)| format!(",{table}!student_id({columns})"));
        let selected = format!("id,establishment_id{}", embedded.unwrap_or_default());
        let query = || {
            let query = self.supabase.table(STUDENTS).select(&selected);
            query.in_("id", students.clone())
        };
        let id = |owned: &Owned<T>| owned.id.to_string();
        Box::pin(self.supabase.read_all(query, id)).await
    }

    /// These students' scores that name no year.
    pub(crate) async fn scores_without_year(
        self,
        students: Vec<String>,
    ) -> Result<Vec<ScoresWithoutYear>, SupabaseError> {
        let selected = format!("id,student_id,{}", self.of_scores());
        let query = || {
            let scores = self.supabase.table("vespa_scores").select(&selected);
            let scores = scores.is("academic_year", "null");
            scores.in_("student_id", students.clone())
        };
        let id = |row: &ScoresWithoutYear| row.id.to_string();
        Box::pin(self.supabase.read_all(query, id)).await
    }
}
