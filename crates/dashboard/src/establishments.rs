//! The table `establishments`: schools by either of their ids. The only place that knows its columns.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use supabase_client::{Query, SupabaseClient, SupabaseError};
use sync_protocol::{AcademicYear, Calendar, EstablishmentId, KnackRecordId};
use uuid::Uuid;

use crate::{OptionalColumn, OptionalColumns, today};

const TABLE: &str = "establishments";

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
    /// The academic year at `now`, by the school's own day.
    pub fn academic_year(&self, now: Timestamp) -> AcademicYear {
        AcademicYear::containing(today(now, self.calendar), self.calendar)
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
    let columns = OptionalColumns::default();
    let rows = read(supabase, id, &columns).await?;
    Ok(rows.into_iter().find_map(Row::school))
}

/// The same, with the number of its students stored for `years`. `columns` learns which columns are missing.
///
/// # Errors
/// If Supabase cannot be read.
pub async fn find_counted(
    supabase: &SupabaseClient,
    id: EstablishmentId,
    years: &[AcademicYear],
    columns: &OptionalColumns,
) -> Result<Option<Counted>, SupabaseError> {
    let labels: Vec<String> = years.iter().map(|year| format!("\"{year}\"")).collect();
    let counted = loop {
        let selected = format!("{},students!establishment_id(count)", selected(columns));
        let query = by_id(supabase, id, &selected).in_("students.academic_year", labels.clone());
        let counted = supabase.read_unless_slow(query).await;
        if !columns.is_worth_rereading(&counted) {
            break counted;
        }
    };
    let rows: Vec<Row> = match counted {
        // Some projects switch aggregates off, and some have too many rows to count. The count only sizes the first requests, so
        // a refusal is not a failure.
        Err(
            SupabaseError::Refused { .. }
            | SupabaseError::Blocked { .. }
            | SupabaseError::TooSlow(_),
        ) => read(supabase, id, columns).await?,
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
    let columns = OptionalColumns::default();
    let rows = loop {
        let selected = selected(&columns);
        let query = || supabase.table(TABLE).select(&selected);
        let rows = supabase.read_all(query, |row: &Row| row.id.to_string());
        let rows = rows.await;
        if !columns.is_worth_rereading(&rows) {
            break rows;
        }
    };
    let mut schools: Vec<School> = rows?.into_iter().filter_map(Row::school).collect();
    schools.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(schools)
}

/// Whether there is any school to see: row-level security hides them all from a key that it applies to.
///
/// # Errors
/// If Supabase cannot be read.
pub async fn any_is_visible(supabase: &SupabaseClient) -> Result<bool, SupabaseError> {
    let query = supabase.table(TABLE).select("id").limit(1);
    let rows: Vec<IgnoredAny> = supabase.read(query).await?;
    Ok(!rows.is_empty())
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

/// The row of a school, with the columns that there are.
async fn read(
    supabase: &SupabaseClient,
    id: EstablishmentId,
    columns: &OptionalColumns,
) -> Result<Vec<Row>, SupabaseError> {
    loop {
        let rows = supabase.read(by_id(supabase, id, &selected(columns))).await;
        if !columns.is_worth_rereading(&rows) {
            return rows;
        }
    }
}

fn selected(columns: &OptionalColumns) -> String {
    let mut selected = "id,knack_id,name,is_australian".to_owned();
    if columns.has(OptionalColumn::UseStandardYear) {
        selected.push_str(",use_standard_year");
    }
    selected
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
    fn a_schools_year_turns_by_its_own_day() {
        // In Sydney it is 1 January, 07:00; in London still 31 December.
        let now: Timestamp = "2026-12-31T20:00:00Z".parse().unwrap();
        let id = "61680fc13a0bfd001e8ca3ca";
        for (is_australian, use_standard_year, year) in [
            (json!(true), json!(false), "2027/2027"),
            (json!(true), json!(true), "2026/2027"),
            (json!(true), json!(null), "2026/2027"),
            (json!(false), json!(false), "2026/2027"),
        ] {
            let columns = json!({"knack_id": id, "is_australian": is_australian,
                                 "use_standard_year": use_standard_year});
            let school = school(&columns).unwrap();
            assert_eq!(school.academic_year(now).to_string(), year, "{columns}");
        }
    }

    #[test]
    fn a_school_without_a_name_is_still_a_school() {
        let unnamed = json!({"knack_id": "61680fc13a0bfd001e8ca3ca", "name": null});
        assert_eq!(school(&unnamed).unwrap().name, "");
    }
}
