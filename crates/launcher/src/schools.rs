//! The schools of the dashboard, remembered for a moment, and who may see them. Either id of a school leads to the same
//! [`School`].
//!
//! A school is returned only to a caller with access to it, so nothing that begins with a request can reach one unchecked.

use std::sync::Arc;
use std::time::Duration;

use dashboard::{School, establishments};
use futures_util::stream::{self, StreamExt, TryStreamExt};
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
/// Look-ups of one caller's schools at the same time.
const AT_ONCE: usize = 4;

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

    /// The school with this id, if the caller has access to it. The one rule of every address: a school of others is answered
    /// like one that does not exist. Not even the time tells them apart, since of callers without access to all schools only
    /// their own are looked up, whatever they ask for.
    pub(crate) async fn school_for(
        &self,
        caller: &Caller,
        id: EstablishmentId,
    ) -> Result<Arc<School>, Problem> {
        let school = match caller.authority().candidates() {
            None => self.find(id).await?,
            Some(own) => {
                // Another id of the same kind is another school's.
                let own = own.iter().copied();
                let own = own.filter(|own| *own == id || !are_of_one_kind(*own, id));
                let schools = self.find_all(own).await?;
                schools.into_iter().find(|school| has_id(school, id))
            }
        };
        match school {
            Some(school) if caller.covers(&school) => Ok(school),
            None if caller.names(id) => Err(Problem::no_such_school()),
            Some(_) | None => Err(Problem::no_such_school_for_caller()),
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
        let found = self.find_all(ids.iter().copied()).await?;
        let found = found.into_iter().filter(|school| caller.covers(school));
        let mut schools: Vec<School> = found.map(|school| School::clone(&school)).collect();
        schools.sort_by(|a: &School, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        schools.dedup_by_key(|school| school.id);
        Ok(schools)
    }

    /// Whether Supabase answers within `limit`.
    pub(crate) async fn answers(&self, limit: Duration) -> Result<(), SupabaseError> {
        establishments::answers(&self.supabase, limit).await
    }

    /// Those of these schools that there are.
    async fn find_all(
        &self,
        ids: impl Iterator<Item = EstablishmentId>,
    ) -> Result<Vec<Arc<School>>, Problem> {
        let looking_up = stream::iter(ids).map(|id| self.find(id));
        let found: Vec<Option<Arc<School>>> = looking_up.buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
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

fn are_of_one_kind(one: EstablishmentId, other: EstablishmentId) -> bool {
    match (one, other) {
        (EstablishmentId::Knack(_), EstablishmentId::Knack(_))
        | (EstablishmentId::Supabase(_), EstablishmentId::Supabase(_)) => true,
        (EstablishmentId::Knack(_), EstablishmentId::Supabase(_))
        | (EstablishmentId::Supabase(_), EstablishmentId::Knack(_)) => false,
    }
}

fn has_id(school: &School, id: EstablishmentId) -> bool {
    match id {
        EstablishmentId::Knack(id) => school.knack_id == id,
        EstablishmentId::Supabase(id) => school.id == id,
    }
}
