//! Finding the school in Supabase: its two ids, its name, its calendar, and how many students to expect.

use serde::Deserialize;
use supabase_client::{SupabaseClient, SupabaseError};
use sync_protocol::{AcademicYear, Calendar, EstablishmentId, KnackRecordId};
use uuid::Uuid;

/// A school as the dashboard knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// `establishments.id`.
    pub id: Uuid,
    /// Its Knack record.
    pub knack_id: KnackRecordId,
    /// Its name.
    pub name: String,
    /// How it counts its years.
    pub calendar: Calendar,
    /// Students stored of the years asked for; `None` when Supabase does not count.
    pub stored_students: Option<u64>,
}

#[derive(Deserialize)]
struct Row {
    id: Uuid,
    knack_id: KnackRecordId,
    name: String,
    is_australian: Option<bool>,
    use_standard_year: Option<bool>,
    #[serde(default)]
    students: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

const COLUMNS: &str = "id,knack_id,name,is_australian,use_standard_year";

/// Looks a school up by either of its ids; `None` if there is no such school. `years` are those whose students are counted.
pub async fn find(
    supabase: &SupabaseClient,
    id: EstablishmentId,
    years: &[AcademicYear],
) -> Result<Option<School>, SupabaseError> {
    let query = |columns: String| {
        let query = supabase.table("establishments").select(columns);
        match id {
            EstablishmentId::Knack(id) => query.eq("knack_id", id.as_str()),
            EstablishmentId::Supabase(id) => query.eq("id", id.to_string()),
        }
    };
    let labels: Vec<String> = years.iter().map(|year| format!("\"{year}\"")).collect();
    let counted = query(format!("{COLUMNS},students(count)")).in_("students.academic_year", labels);
    let rows = match supabase.read::<Row>(counted).await {
        // Some projects switch aggregates off. The count only sizes the wave, so it is no reason to fail.
        Err(SupabaseError::Refused { .. }) => supabase.read(query(COLUMNS.to_owned())).await?,
        outcome => outcome?,
    };
    Ok(rows.into_iter().next().map(School::from))
}

impl From<Row> for School {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            knack_id: row.knack_id,
            name: row.name,
            calendar: Calendar::from_flags(row.is_australian, row.use_standard_year),
            stored_students: row.students.first().map(|students| students.count),
        }
    }
}
