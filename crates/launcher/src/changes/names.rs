//! Reads students' names from Supabase when someone looks at changes. Keeps none of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use dashboard::School;
use jiff::Timestamp;
use serde::Deserialize;
use supabase_client::{SupabaseClient, SupabaseError};
use sync_protocol::{AcademicYear, KnackRecordId};
use uuid::Uuid;

const COLUMNS: &str = "id,knack_id,name,created_at";
/// So many records are asked for by their ids, which are part of the URL. For more, all students of the year are read.
const MOST_BY_ID: usize = 100;

/// Reads names.
pub(crate) struct Names {
    supabase: Arc<SupabaseClient>,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: Uuid,
    knack_id: String,
    name: Option<String>,
    created_at: Option<Timestamp>,
}

impl Names {
    pub(crate) fn new(supabase: Arc<SupabaseClient>) -> Self {
        Self { supabase }
    }

    /// The names of those records that are stored students of this school and year.
    pub(crate) async fn of(
        &self,
        school: &School,
        year: AcademicYear,
        records: impl Iterator<Item = KnackRecordId>,
    ) -> Result<HashMap<KnackRecordId, String>, SupabaseError> {
        let records: HashSet<KnackRecordId> = records.collect();
        if records.is_empty() {
            return Ok(HashMap::new());
        }
        let query = || {
            let of_year = self.supabase.table("students").select(COLUMNS);
            let of_year = of_year
                .eq("establishment_id", school.id.to_string())
                .eq("academic_year", year.to_string());
            if records.len() <= MOST_BY_ID {
                of_year.in_("knack_id", records.iter().map(KnackRecordId::as_str))
            } else {
                of_year
            }
        };
        let rows = self
            .supabase
            .read_all(query, |row: &Row| row.id.to_string())
            .await?;
        Ok(by_record(rows, &records))
    }
}

/// A record that was given to another pupil is on two rows, of which the one stored last is of the pupil that it names now.
fn by_record(
    mut rows: Vec<Row>,
    records: &HashSet<KnackRecordId>,
) -> HashMap<KnackRecordId, String> {
    rows.sort_by_key(|row| row.created_at);
    let rows = rows.into_iter();
    rows.filter_map(|row| Some((row.knack_id.parse().ok()?, row.name?)))
        .filter(|(record, name)| records.contains(record) && !name.trim().is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_the_name_that_was_stored_last_and_none_where_that_is_blank() {
        let record = |n: u8| -> KnackRecordId { format!("{n:024x}").parse().unwrap() };
        let row = |n: u8, name: Option<&str>, day: u8| Row {
            id: Uuid::nil(),
            knack_id: record(n).to_string(),
            name: name.map(ToOwned::to_owned),
            created_at: format!("2026-11-{day:02}T10:00:00Z").parse().ok(),
        };
        let odd = Row {
            knack_id: "by hand".to_owned(),
            ..row(1, Some("Odd"), 9)
        };
        let rows = vec![
            row(1, Some("Now"), 2),
            row(1, Some("Before"), 1),
            row(2, Some("  "), 1),
            row(3, None, 1),
            row(4, Some("Not asked for"), 1),
            odd,
        ];
        let names = by_record(rows, &[1, 2, 3].map(record).into());
        assert_eq!(names, [(record(1), "Now".to_owned())].into());
    }
}
