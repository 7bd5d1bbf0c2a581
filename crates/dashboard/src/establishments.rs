//! The table `establishments`: schools by either of their ids. The only place that knows its columns.

use std::time::Duration;

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::IgnoredAny;
use supabase_client::{Query, SupabaseClient, SupabaseError};
use sync_protocol::{AcademicYear, Calendar, EstablishmentId, KnackRecordId};
use uuid::Uuid;

const TABLE: &str = "establishments";
const COLUMNS: &str = "id,knack_id,name,is_australian,use_standard_year";

/// A school as the dashboard knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// `establishments.id`: what rows, runs and log rows refer to.
    pub id: Uuid,
    /// Its Knack record.
    pub knack_id: KnackRecordId,
    /// Its name.
    pub name: String,
    /// How it counts its years.
    pub calendar: Calendar,
}

impl School {
    /// The academic year that `today` belongs to.
    pub fn academic_year(&self, today: Date) -> AcademicYear {
        AcademicYear::containing(today, self.calendar)
    }
}

/// A school, and how large it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The school.
    pub school: School,
    /// Students stored for the years asked about; `None` where Supabase does not count.
    pub stored_students: Option<u64>,
}

/// The school with this id; `None` if there is none.
///
/// # Errors
/// If Supabase cannot be read.
pub async fn find(
    supabase: &SupabaseClient,
    id: EstablishmentId,
) -> Result<Option<School>, SupabaseError> {
    let rows = supabase.read(by_id(supabase, id, COLUMNS)).await?;
    Ok(rows.into_iter().find_map(Row::school))
}

/// The same, with the number of its students stored for `years`.
///
/// # Errors
/// If Supabase cannot be read.
pub async fn find_counted(
    supabase: &SupabaseClient,
    id: EstablishmentId,
    years: &[AcademicYear],
) -> Result<Option<Counted>, SupabaseError> {
    let labels: Vec<String> = years.iter().map(|year| format!("\"{year}\"")).collect();
    let columns = format!("{COLUMNS},students(count)");
    let query = by_id(supabase, id, &columns).in_("students.academic_year", labels);
    let rows: Vec<Row> = match supabase.read(query).await {
        // Some projects switch aggregates off. The count only sizes the first requests, so a refusal is not a failure.
        Err(SupabaseError::Refused { .. }) => supabase.read(by_id(supabase, id, COLUMNS)).await?,
        outcome => outcome?,
    };
    Ok(rows.into_iter().find_map(|row| {
        let stored_students = row.students.first().map(|students| students.count);
        Some(Counted {
            school: row.school()?,
            stored_students,
        })
    }))
}

/// Every school, by name.
///
/// # Errors
/// If Supabase cannot be read.
pub async fn all(supabase: &SupabaseClient) -> Result<Vec<School>, SupabaseError> {
    let query = || supabase.table(TABLE).select(COLUMNS);
    let rows = supabase.read_all(query, |row: &Row| row.id.to_string());
    let mut schools: Vec<School> = rows.await?.into_iter().filter_map(Row::school).collect();
    schools.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(schools)
}

/// Whether Supabase answers within `limit`, asked a single time for as little as there is.
///
/// # Errors
/// Why it does not.
pub async fn answers(supabase: &SupabaseClient, limit: Duration) -> Result<(), SupabaseError> {
    let query = supabase.table(TABLE).select("id").limit(1);
    match tokio::time::timeout(limit, supabase.read_once::<IgnoredAny>(query)).await {
        Ok(answer) => answer.map(drop),
        Err(_) => Err(SupabaseError::Timeout(limit)),
    }
}

fn by_id(supabase: &SupabaseClient, id: EstablishmentId, columns: &str) -> Query {
    let query = supabase.table(TABLE).select(columns);
    match id {
        EstablishmentId::Knack(id) => query.eq("knack_id", id.as_str()),
        EstablishmentId::Supabase(id) => query.eq("id", id.to_string()),
    }
}

#[derive(Deserialize)]
struct Row {
    id: Uuid,
    knack_id: Option<String>,
    name: Option<String>,
    is_australian: Option<bool>,
    use_standard_year: Option<bool>,
    #[serde(default)]
    students: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

impl Row {
    /// A row whose Knack id is not one was made by hand. Nothing can be refreshed for it, so it is as if it were not there:
    /// neither program fails because of it, and it hides no other school.
    fn school(self) -> Option<School> {
        let Some(Ok(knack_id)) = self.knack_id.as_deref().map(str::parse) else {
            tracing::warn!(school = %self.id, "a school's knack_id is not a Knack record id");
            return None;
        };
        Some(School {
            id: self.id,
            knack_id,
            name: self.name.unwrap_or_default(),
            calendar: Calendar::from_flags(self.is_australian, self.use_standard_year),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn school(columns: &Value) -> Option<School> {
        let mut row = json!({"id": Uuid::nil(), "knack_id": null, "name": "A school",
                             "is_australian": null, "use_standard_year": null});
        row.as_object_mut()
            .unwrap()
            .extend(columns.as_object().unwrap().clone());
        serde_json::from_value::<Row>(row).unwrap().school()
    }

    #[test]
    fn a_row_is_a_school_only_with_a_knack_record() {
        let id = "61680fc13a0bfd001e8ca3ca";
        assert_eq!(
            school(&json!({"knack_id": id})).unwrap().knack_id.as_str(),
            id
        );
        for odd in [json!(null), json!(""), json!("pending"), json!("61680fc1")] {
            assert_eq!(school(&json!({"knack_id": odd})), None, "{odd}");
        }
    }

    #[test]
    fn a_school_without_a_name_is_still_a_school() {
        let unnamed = json!({"knack_id": "61680fc13a0bfd001e8ca3ca", "name": null});
        assert_eq!(school(&unnamed).unwrap().name, "");
    }
}
