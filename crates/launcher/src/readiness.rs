//! Whether refreshes can be started. The program, the database and the cache are each checked by one request at a time and
//! at most once every few seconds, so that no number of callers can overload them.

pub(crate) mod checks;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::services::Services;
use crate::supervise::Stamp;
use checks::{GOOD_PROGRAM_KEPT, KEPT, State};

/// Before that, the same is answered.
pub(crate) const CHECKED_AGAIN_SECONDS: u64 = KEPT.as_secs();

const DATABASE_LIMIT: Duration = Duration::from_secs(2);

/// Whether the service can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether refreshes can be started.
    pub(crate) ready: bool,
    /// Whether something is missing that refreshes do not need: the cache.
    degraded: bool,
    /// What is wrong, as sentences.
    problems: Vec<&'static str>,
}

/// Which parts are known to be as they should be.
#[derive(Debug, Clone, Copy)]
struct Parts {
    program: bool,
    database: bool,
    cache: bool,
}

impl Readiness {
    fn of(parts: Parts) -> Self {
        let needed = [
            (
                parts.program,
                "The refresh program is missing or cannot be run.",
            ),
            (
                parts.database,
                "The dashboard's database does not answer as it should.",
            ),
        ];
        let cache = (
            parts.cache,
            "Redis does not answer or refuses the launcher, so caches are not cleared.",
        );
        Self {
            ready: needed.iter().all(|(is_good, _)| *is_good),
            degraded: !parts.cache,
            problems: needed
                .into_iter()
                .chain([cache])
                .filter_map(|(is_good, problem)| (!is_good).then_some(problem))
                .collect(),
        }
    }

    /// A service that is ending starts nothing more.
    fn of_the_end() -> Self {
        Self {
            ready: false,
            degraded: false,
            problems: vec!["The service is ending."],
        }
    }
}

/// Whether refreshes can be started.
pub(crate) async fn readiness(services: &Arc<Services>) -> Readiness {
    let (program, database, cache) = tokio::join!(
        program_state(services),
        database_state(services),
        cache_state(services)
    );
    // Last, so that it is true when it is answered.
    if services.background.is_closing() {
        return Readiness::of_the_end();
    }
    let is_good = |state: Option<State>| state.is_some_and(|state| state.is_ok());
    Readiness::of(Parts {
        program: is_good(program),
        database: is_good(database),
        cache: is_good(cache),
    })
}

/// Whether the program can be run; `None` if the service ends before that is known.
pub(crate) async fn program_state(services: &Arc<Services>) -> Option<State> {
    let its = Arc::clone(services);
    let check = async move {
        let answer = its.program.names_itself().await;
        answer.map_err(|unfit| unfit.to_string())
    };
    let stamp = Stamp::of(&services.program.path);
    let part = &services.checks.program;
    part.get(
        &services.background,
        "program",
        stamp,
        GOOD_PROGRAM_KEPT,
        check,
    )
    .await
}

async fn database_state(services: &Arc<Services>) -> Option<State> {
    let its = Arc::clone(services);
    let check = async move {
        let answer = its.schools.answers(DATABASE_LIMIT).await;
        answer.map_err(|error| error.to_string())
    };
    let part = &services.checks.database;
    part.get(&services.background, "database", None, KEPT, check)
        .await
}

async fn cache_state(services: &Arc<Services>) -> Option<State> {
    if services.cache.is_none() {
        return Some(Ok(()));
    }
    let its = Arc::clone(services);
    let check = async move {
        match &its.cache {
            Some(cache) => cache.can_clear().await,
            None => Ok(()),
        }
    };
    let part = &services.checks.cache;
    part.get(&services.background, "cache", None, KEPT, check)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_cache_may_be_missing() {
        for (program, database, cache, ready, problems) in [
            (true, true, true, true, 0),
            (false, true, true, false, 1),
            (true, false, true, false, 1),
            (true, true, false, true, 1),
            (false, false, false, false, 3),
        ] {
            let parts = Parts {
                program,
                database,
                cache,
            };
            let readiness = Readiness::of(parts);
            assert_eq!(readiness.ready, ready, "{parts:?}");
            assert_eq!(readiness.degraded, !cache, "{parts:?}");
            assert_eq!(readiness.problems.len(), problems, "{parts:?}");
        }
    }
}
