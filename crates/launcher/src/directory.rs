//! The schools of the dashboard, remembered for a moment. Either spelling of a school's id leads to the same [`School`].

use std::sync::Arc;
use std::time::Duration;

use dashboard::{School, establishments};
use moka::future::Cache;
use supabase_client::{SupabaseClient, SupabaseError};
use sync_protocol::EstablishmentId;

/// Looks schools up. One that is found is remembered for a minute, so that many requests at once ask Supabase once.
pub(crate) struct Directory {
    supabase: Arc<SupabaseClient>,
    found: Cache<EstablishmentId, Option<Arc<School>>>,
}

const REMEMBERED: Duration = Duration::from_mins(1);
const MOST_REMEMBERED: u64 = 2_000;

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

    /// The school with this id.
    pub(crate) async fn find(
        &self,
        id: EstablishmentId,
    ) -> Result<Option<Arc<School>>, Arc<SupabaseError>> {
        let look_up = async {
            let school = establishments::find(&self.supabase, id).await?;
            Ok(school.map(Arc::new))
        };
        let school = self.found.try_get_with(id, look_up).await?;
        if school.is_none() {
            // The nightly sync may bring it at any time.
            self.found.invalidate(&id).await;
        }
        Ok(school)
    }

    /// Whether Supabase answers within `limit`.
    pub(crate) async fn answers(&self, limit: Duration) -> Result<(), SupabaseError> {
        establishments::answers(&self.supabase, limit).await
    }

    /// Every school, by name.
    pub(crate) async fn all(&self) -> Result<Vec<School>, SupabaseError> {
        establishments::all(&self.supabase).await
    }
}
