//! Whether refreshes can be started. The program, the database and the cache are asked, each by one at a time and at most
//! once in some seconds, however many want to know: who asks us must not be able to wear them out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::launcher::Launcher;
use crate::supervise::Stamp;

/// How long an answer is believed.
const KEPT: Duration = Duration::from_secs(3);
/// Starting a process costs more, and a program that can be run stays so unless another is put in its place.
const GOOD_PROGRAM_KEPT: Duration = Duration::from_secs(30);
const DATABASE_LIMIT: Duration = Duration::from_secs(2);

/// Whether the service can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Whether refreshes can be started.
    pub(crate) ready: bool,
    /// Whether something that is not needed for that is missing: the cache.
    degraded: bool,
    /// What is wrong, as sentences.
    problems: Vec<&'static str>,
}

/// What each part was last found to be.
#[derive(Default)]
pub(crate) struct Checks {
    program: Remembered,
    database: Remembered,
    cache: Remembered,
}

/// The reason is for the log; it is no secret, and nobody else is told.
type State = Result<(), String>;

/// Which parts are as they should be. What is not known of a part is no good news.
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
                "The program that refreshes is missing or cannot be run.",
            ),
            (parts.database, "The dashboard's database does not answer."),
        ];
        let cache = (
            parts.cache,
            "Redis does not answer, so caches are not cleared.",
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

    /// Who is ending asks nobody any more.
    fn of_the_end() -> Self {
        Self {
            ready: false,
            degraded: false,
            problems: vec!["The service is ending."],
        }
    }
}

impl Launcher {
    /// Whether refreshes can be started.
    pub(crate) async fn readiness(self: &Arc<Self>) -> Readiness {
        let (program, database, cache) = tokio::join!(
            self.program_state(),
            self.database_state(),
            self.cache_state()
        );
        // Last, so that it is true when it is told.
        if self.is_closing() {
            return Readiness::of_the_end();
        }
        let is_good = |state: Option<State>| state.is_some_and(|state| state.is_ok());
        Readiness::of(Parts {
            program: is_good(program),
            database: is_good(database),
            cache: is_good(cache),
        })
    }

    /// Whether the program can be run; nothing where the service ends before that is known.
    pub(crate) async fn program_state(self: &Arc<Self>) -> Option<State> {
        let launcher = Arc::clone(self);
        let check = async move {
            let answer = launcher.program.names_itself().await;
            answer.map_err(|unfit| unfit.to_string())
        };
        let part = &self.checks.program;
        let stamp = Stamp::of(&self.program.path);
        part.get(self, "program", stamp, GOOD_PROGRAM_KEPT, check)
            .await
    }

    async fn database_state(self: &Arc<Self>) -> Option<State> {
        let launcher = Arc::clone(self);
        let check = async move {
            let answer = launcher.directory.answers(DATABASE_LIMIT).await;
            answer.map_err(|error| error.to_string())
        };
        let part = &self.checks.database;
        part.get(self, "database", None, KEPT, check).await
    }

    async fn cache_state(self: &Arc<Self>) -> Option<State> {
        if self.cache.is_none() {
            return Some(Ok(()));
        }
        let launcher = Arc::clone(self);
        let check = async move {
            match &launcher.cache {
                Some(cache) if !cache.answers().await => Err("it does not answer".to_owned()),
                Some(_) | None => Ok(()),
            }
        };
        let part = &self.checks.cache;
        part.get(self, "cache", None, KEPT, check).await
    }
}

/// A part's state, as it was last found.
#[derive(Default)]
struct Remembered(Arc<Mutex<Option<Last>>>);

struct Last {
    /// Of the file that it is about, where it is about one.
    stamp: Option<Stamp>,
    state: State,
    at: Instant,
}

impl Last {
    fn is_fresh(&self, stamp: Option<Stamp>, good_kept: Duration) -> bool {
        let kept = if self.state.is_ok() { good_kept } else { KEPT };
        self.stamp == stamp && self.at.elapsed() < kept
    }
}

impl Remembered {
    /// The state, which is found out anew where nothing fresh is known. Nothing where the service ends meanwhile.
    async fn get(
        &self,
        launcher: &Launcher,
        part: &'static str,
        stamp: Option<Stamp>,
        good_kept: Duration,
        check: impl Future<Output = State> + Send + 'static,
    ) -> Option<State> {
        let mut last = Arc::clone(&self.0).lock_owned().await;
        if let Some(last) = &*last
            && last.is_fresh(stamp, good_kept)
        {
            return Some(last.state.clone());
        }
        // Not by the request that asks: it may be given up, and another would then begin from the start.
        let checking = launcher.until_closing(async move {
            let state = check.await;
            tell_change(part, last.as_ref().map(|last| &last.state), &state);
            *last = Some(Last {
                stamp,
                state: state.clone(),
                at: Instant::now(),
            });
            state
        });
        checking.await
    }
}

/// Many may ask while nothing changes; the log needs one line.
fn tell_change(part: &str, before: Option<&State>, now: &State) {
    match (before, now) {
        (None | Some(Ok(())), Err(reason)) => {
            tracing::warn!(part, reason, "not ready");
        }
        (Some(Err(_)), Ok(())) => tracing::info!(part, "ready again"),
        _ => {}
    }
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
            let told = Readiness::of(parts);
            assert_eq!(told.ready, ready, "{parts:?}");
            assert_eq!(told.degraded, !cache, "{parts:?}");
            assert_eq!(told.problems.len(), problems, "{parts:?}");
        }
    }

    #[test]
    fn an_answer_is_believed_for_a_while_and_only_of_the_same_file() {
        let stamp = Stamp::of(&std::env::current_exe().unwrap());
        assert!(stamp.is_some());
        let now = Instant::now();
        let ago = |seconds| now.checked_sub(Duration::from_secs(seconds)).unwrap();
        for (state, at, kept_stamp, is_fresh) in [
            (Ok(()), now, stamp, true),
            (Ok(()), ago(20), stamp, true),
            (Ok(()), ago(31), stamp, false),
            (Ok(()), now, None, false),
            (Err("x".to_owned()), now, stamp, true),
            (Err("x".to_owned()), ago(4), stamp, false),
        ] {
            let last = Last {
                stamp: kept_stamp,
                state,
                at,
            };
            let told = last.is_fresh(stamp, GOOD_PROGRAM_KEPT);
            assert_eq!(told, is_fresh, "{:?} {:?}", last.state, at.elapsed());
        }
    }
}
