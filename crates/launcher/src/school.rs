//! The schools of the dashboard, as Supabase knows them. Every spelling of a school's id leads to the same [`School`].

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use serde::Deserialize;
use serde::de::IgnoredAny;
use supabase_client::{SupabaseClient, SupabaseError};
use sync_protocol::{AcademicYear, Calendar, EstablishmentId, KnackRecordId};
use uuid::Uuid;

/// One school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct School {
    /// `establishments.id`: what locks, runs and log rows go by.
    pub(crate) id: Uuid,
    pub(crate) knack_id: KnackRecordId,
    pub(crate) name: String,
    pub(crate) calendar: Calendar,
}

impl School {
    /// The academic year that a refresh of today concerns.
    pub(crate) fn academic_year(&self) -> AcademicYear {
        AcademicYear::containing(crate::clock::today(), self.calendar)
    }
}

/// Looks schools up. A found one is remembered for a minute, so that many requests at once ask Supabase once.
pub(crate) struct Directory {
    supabase: Arc<SupabaseClient>,
    found: Cache<EstablishmentId, Option<Arc<School>>>,
}

const REMEMBERED: Duration = Duration::from_mins(1);
const MOST_REMEMBERED: u64 = 2_000;
const COLUMNS: &str = "id,knack_id,name,is_australian,use_standard_year";

impl Directory {
    pub(crate) fn new(supabase: Arc<SupabaseClient>) -> Self {
        Self {
            supabase,
            found: Cache::builder()
                .max_capacity(MOST_REMEMBERED)
                .time_to_live(REMEMBERED)
                .build(),
        }
    }

    /// The school with this id, in either spelling.
    pub(crate) async fn find(
        &self,
        id: EstablishmentId,
    ) -> Result<Option<Arc<School>>, Arc<SupabaseError>> {
        let school = self.found.try_get_with(id, self.read(id)).await?;
        if school.is_none() {
            // The nightly sync may bring it at any time.
            self.found.invalidate(&id).await;
        }
        Ok(school)
    }

    async fn read(&self, id: EstablishmentId) -> Result<Option<Arc<School>>, SupabaseError> {
        let query = self.supabase.table("establishments").select(COLUMNS);
        let query = match id {
            EstablishmentId::Knack(id) => query.eq("knack_id", id.as_str()),
            EstablishmentId::Supabase(id) => query.eq("id", id.to_string()),
        };
        let rows: Vec<Row> = self.supabase.read(query).await?;
        Ok(rows.into_iter().find_map(Row::school).map(Arc::new))
    }

    /// Whether Supabase answers within `limit`, asked a single time for as little as there is.
    pub(crate) async fn answers(&self, limit: Duration) -> Result<(), SupabaseError> {
        let query = self.supabase.table("establishments").select("id").limit(1);
        let asked = self.supabase.read_once::<IgnoredAny>(query);
        match tokio::time::timeout(limit, asked).await {
            Ok(answer) => answer.map(drop),
            Err(_) => Err(SupabaseError::Timeout(limit)),
        }
    }

    /// Every school, by name.
    pub(crate) async fn all(&self) -> Result<Vec<School>, SupabaseError> {
        let query = || self.supabase.table("establishments").select(COLUMNS);
        let rows = self
            .supabase
            .read_all(query, |row: &Row| row.id.to_string());
        let rows = rows.await?;
        let mut schools: Vec<School> = rows.into_iter().filter_map(Row::school).collect();
        schools.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(schools)
    }
}

#[derive(Deserialize)]
struct Row {
    id: Uuid,
    knack_id: String,
    name: String,
    is_australian: Option<bool>,
    use_standard_year: Option<bool>,
}

impl Row {
    /// A row whose Knack id is none was made by hand; it is no reason to hide all others.
    fn school(self) -> Option<School> {
        let Ok(knack_id) = self.knack_id.parse() else {
            tracing::warn!(school = %self.id, "a school's knack_id is no Knack record id");
            return None;
        };
        Some(School {
            id: self.id,
            knack_id,
            name: self.name,
            calendar: Calendar::from_flags(self.is_australian, self.use_standard_year),
        })
    }
}
