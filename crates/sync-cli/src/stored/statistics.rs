//! The figures of a school's answers, question by question, as they are stored. Only where there are some does the dashboard
//! show them in place of the answers (docs/knack-and-dashboard.md, "Statistics and database functions").

use std::collections::{HashMap, HashSet};

use dashboard::SchoolYear;
use serde_json::{Map, Value};
use supabase_client::{SupabaseClient, SupabaseError};

use crate::domain::{Cycle, Cycles, Figures, Question};

pub(crate) const STATISTICS: &str = "question_statistics";

/// A row with the columns that this database has.
type Row = Map<String, Value>;

/// The stored figures of a school and year.
#[derive(Debug, Clone, Default)]
pub(crate) struct StoredStatistics {
    /// Cycles with rows of any question.
    cycles: Cycles,
    /// Columns that there are.
    columns: HashSet<String>,
    rows: HashMap<(Cycle, Question), Row>,
}

impl StoredStatistics {
    /// A database without that table has no rows of it.
    pub(crate) async fn read(
        supabase: &SupabaseClient,
        of: &SchoolYear,
    ) -> Result<Self, SupabaseError> {
        let (school, year) = (of.school.id.to_string(), of.year.to_string());
        // Which columns there are differs between the scripts that make the table.
        let query = || {
            let all = supabase.table(STATISTICS).select("*");
            all.eq("establishment_id", &school)
                .eq("academic_year", &year)
        };
        let id = |row: &Row| text(row, "id").to_owned();
        match supabase.read_all(query, id).await {
            Ok(rows) => Ok(rows.into_iter().collect()),
            Err(SupabaseError::Refused { code, .. })
                if ["PGRST205", "42P01"].contains(&code.as_str()) =>
            {
                Ok(Self::default())
            }
            Err(error) => Err(error),
        }
    }

    /// The cycles whose figures are to be renewed.
    pub(crate) fn cycles(&self) -> impl Iterator<Item = Cycle> + '_ {
        let has_rows = |cycle: &Cycle| self.cycles.contains(*cycle);
        Cycle::ALL.into_iter().filter(has_rows)
    }

    pub(crate) fn has_column(&self, column: &str) -> bool {
        self.columns.contains(column)
    }

    /// Whether these figures are stored, as far as there are columns for them.
    pub(crate) fn holds(&self, cycle: Cycle, question: Question, figures: &Figures) -> bool {
        let Some(row) = self.rows.get(&(cycle, question)) else {
            return false;
        };
        let columns = figures.columns();
        let is_stored = |(column, value): (&str, Value)| {
            row.get(column).is_none_or(|stored| is_same(stored, &value))
        };
        columns.into_iter().all(is_stored)
    }
}

impl FromIterator<Row> for StoredStatistics {
    fn from_iter<I: IntoIterator<Item = Row>>(rows: I) -> Self {
        let mut stored = Self::default();
        for row in rows {
            let cycle = row.get("cycle").and_then(Value::as_i64);
            let Some(cycle) = cycle.and_then(|cycle| Cycle::try_from(cycle).ok()) else {
                continue;
            };
            stored.cycles.add(cycle);
            stored.columns.extend(row.keys().cloned());
            if let Some(question) = Question::with_id(text(&row, "question_id")) {
                stored.rows.insert((cycle, question), row);
            }
        }
        stored
    }
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// `numeric` columns come as numbers, or as texts that keep the column's decimals.
fn is_same(stored: &Value, value: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_f64(),
    };
    match (number(stored), number(value)) {
        (Some(stored), Some(value)) => (stored - value).abs() < 0.005,
        (None, None) => stored == value,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
