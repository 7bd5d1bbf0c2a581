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

/// What the service consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Program,
    Database,
    Coordinator,
    Cache,
}

impl Part {
    /// What is said if it is not as it should be.
    fn problem(self) -> &'static str {
        match self {
            Self::Program => "The refresh program is missing or cannot be run.",
            Self::Database => "The dashboard's database does not answer as it should.",
            Self::Coordinator => {
                "Redis does not answer, so the launchers cannot agree on who refreshes which school."
            }
            Self::Cache => {
                "Redis does not answer or refuses the launcher, so caches are not cleared."
            }
        }
    }
}

impl Readiness {
    fn without(missing: &[Part]) -> Self {
        Self {
            ready: missing.iter().all(|part| *part == Part::Cache),
            degraded: missing.contains(&Part::Cache),
            problems: missing.iter().map(|part| part.problem()).collect(),
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
    let (program, database, coordinator, cache) = tokio::join!(
        program_state(services),
        database_state(services),
        coordinator_state(services),
        cache_state(services)
    );
    // Last, so that it is true when it is answered.
    if services.background.is_closing() {
        return Readiness::of_the_end();
    }
    let is_good = |state: &Option<State>| matches!(state, Some(Ok(())));
    let states = [
        (Part::Program, program),
        (Part::Database, database),
        (Part::Coordinator, coordinator),
        (Part::Cache, cache),
    ];
    let missing = states.into_iter().filter(|(_, state)| !is_good(state));
    let missing: Vec<Part> = missing.map(|(part, _)| part).collect();
    Readiness::without(&missing)
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

async fn coordinator_state(services: &Arc<Services>) -> Option<State> {
    let its = Arc::clone(services);
    let check = async move {
        let answer = its.coordinator.can_admit().await;
        answer.map_err(|_| "Redis does not answer".to_owned())
    };
    let part = &services.checks.coordinator;
    part.get(&services.background, "coordinator", None, KEPT, check)
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
        use Part::{Cache, Coordinator, Database, Program};
        for (missing, ready) in [
            (&[][..], true),
            (&[Program], false),
            (&[Database], false),
            (&[Coordinator], false),
            (&[Cache], true),
            (&[Program, Database, Coordinator, Cache], false),
        ] {
            let readiness = Readiness::without(missing);
            assert_eq!(readiness.ready, ready, "{missing:?}");
            assert_eq!(readiness.degraded, missing.contains(&Cache), "{missing:?}");
            assert_eq!(readiness.problems.len(), missing.len(), "{missing:?}");
        }
    }
}
