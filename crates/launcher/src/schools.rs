//! The schools of the dashboard, remembered for a moment, and who may see them. Either id of a school leads to the same
//! [`School`].
//!
//! A school is returned only to a caller with access to it, so nothing that begins with a request can reach one unchecked.

use std::sync::Arc;
use std::time::Duration;

use dashboard::{School, establishments};
use moka::future::Cache;
use supabase_client::{SupabaseClient, SupabaseError};
use sync_protocol::EstablishmentId;

use crate::access::Caller;
use crate::problem::Problem;

/// Looks schools up. One that is found is remembered for a minute, so that many requests at once ask Supabase once.
pub(crate) struct Schools {
    supabase: Arc<SupabaseClient>,
    found: Cache<EstablishmentId, Option<Arc<School>>>,
}

const REMEMBERED: Duration = Duration::from_mins(1);
const MOST_REMEMBERED: u64 = 2_000;

impl Schools {
    pub(crate) fn new(supabase: Arc<SupabaseClient>) -> Self {
        Self {
            supabase,
            found: Cache::builder()
                .max_capacity(MOST_REMEMBERED)
                .time_to_live(REMEMBERED)
                .build(),
        }
    }

    /// The school with this id, if the caller has access to it. Callers without access to all schools do not learn which
    /// there are.
    pub(crate) async fn school_for(
        &self,
        caller: &Caller,
        id: EstablishmentId,
    ) -> Result<Arc<School>, Problem> {
        match self.find(id).await? {
            Some(school) if caller.covers(&school) => Ok(school),
            None if caller.names(id) => Err(Problem::no_such_school()),
            Some(_) | None => Err(Problem::no_access_to_school()),
        }
    }

    /// The schools that the caller has access to, by name; each once, however often and by whichever id it is named.
    pub(crate) async fn schools_for(&self, caller: &Caller) -> Result<Vec<School>, Problem> {
        let Some(ids) = caller.authority().candidates() else {
            let all = establishments::all(&self.supabase).await;
            let mut schools = all.map_err(Problem::database_unavailable)?;
            schools.retain(|school| caller.covers(school));
            return Ok(schools);
        };
        let mut schools = Vec::new();
        for id in ids {
            let found = self.find(*id).await?;
            let found = found.filter(|school| caller.covers(school));
            schools.extend(found.as_deref().cloned());
        }
        schools.sort_by(|a: &School, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        schools.dedup_by_key(|school| school.id);
        Ok(schools)
    }

    /// Whether Supabase answers within `limit`.
    pub(crate) async fn answers(&self, limit: Duration) -> Result<(), SupabaseError> {
        establishments::answers(&self.supabase, limit).await
    }

    async fn find(&self, id: EstablishmentId) -> Result<Option<Arc<School>>, Problem> {
        let look_up = async {
            let school = establishments::find(&self.supabase, id).await?;
            Ok::<_, SupabaseError>(school.map(Arc::new))
        };
        let found = self.found.try_get_with(id, look_up).await;
        let school = found.map_err(Problem::database_unavailable)?;
        if school.is_none() {
            // The nightly sync may bring it at any time.
            self.found.invalidate(&id).await;
        }
        Ok(school)
    }
}
