//! The request budget: Knack allows ten requests a second per app, whoever sends them. All processes of one machine share
//! one small locked file that holds the starts of the last second, or those of several machines a key in a Redis.
//!
//! Nine are for whoever we know. The tenth is for strangers, whom anybody can make up: however many they are, nobody else
//! ever waits for a place that one of them took.

mod due;
mod file;
mod place;
mod redis;
mod window;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::Duration;

pub use due::{Due, Schedule};
use file::{Folder, SharedFile, now};
pub use place::{BudgetPlace, InvalidBudget};
use redis::SharedRedis;
pub(crate) use window::Started;
use window::{Millis, Ours, Window};
pub use window::{STARTS, WINDOW};

/// Whose place among Knack's requests of a second a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// One of those that all of us share, and wait for.
    Shared,
    /// The one that is left for strangers. Such a request is sent once and never again, and slows nobody else down,
    /// whatever becomes of it. How many wait for that place is for the caller to limit.
    Stranger,
}

/// Where the starts of the last second are kept.
#[derive(Debug)]
pub struct Budget {
    store: Store,
    /// Whether the limit could not be shared, if only for a moment.
    was_alone: AtomicBool,
    /// The places that this process took of late.
    ours: Mutex<Ours>,
    /// Held by whoever of this process waits for the next shared place: requests start in the order in which they were made.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
enum Store {
    File {
        shared: SharedFile,
        /// Instead of a file that cannot be used: better unshared than no limit at all.
        alone: OnceLock<Mutex<Window>>,
    },
    Redis {
        shared: Box<SharedRedis>,
        /// While Redis does not answer: a part of the limit, of which others take theirs.
        alone: Mutex<Window>,
        /// What is due is due on each machine.
        due: SharedFile,
    },
    Memory(Mutex<Window>),
}

impl Budget {
    /// Kept where somebody wants it, or otherwise in `usual`, a file in a folder that nobody but this user may use.
    pub fn kept_in(place: Option<BudgetPlace>, app_id: &str, usual: PathBuf) -> Self {
        let usual = SharedFile {
            path: usual,
            folder: Folder::Private,
        };
        match place {
            None => Self::shared(usual),
            Some(BudgetPlace::File(path)) => Self::file(path),
            Some(BudgetPlace::Redis(client)) => Self::with(Store::Redis {
                shared: Box::new(SharedRedis::new(*client, app_id)),
                alone: Mutex::new(Window::alone()),
                due: usual,
            }),
        }
    }

    /// Shares the file at `path`, which is made when needed, with whoever may use it.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::shared(SharedFile {
            path: path.into(),
            folder: Folder::Chosen,
        })
    }

    fn shared(shared: SharedFile) -> Self {
        Self::with(Store::File {
            shared,
            alone: OnceLock::new(),
        })
    }

    fn with(store: Store) -> Self {
        Self {
            store,
            was_alone: AtomicBool::new(false),
            ours: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Shares with nobody.
    pub fn memory() -> Self {
        Self::with(Store::Memory(Mutex::default()))
    }

    /// Waits until a request may start, and counts it.
    pub(crate) async fn start(&self, lane: Lane) -> Started {
        let _turn = match lane {
            Lane::Shared => Some(self.turn.lock().await),
            Lane::Stranger => None,
        };
        loop {
            let ours = *self.ours();
            let step = |window: &mut Window, now| match lane {
                Lane::Shared => window.try_start(&ours, now),
                Lane::Stranger => window.try_start_of_stranger(now),
            };
            match self.with_window(step).await {
                Ok(started) => {
                    if lane == Lane::Shared {
                        self.ours().took(started);
                    }
                    return started;
                }
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Takes note of when a request in [`Lane::Shared`] left. Until then it might have come at any time.
    pub(crate) async fn sent(&self, started: Started) {
        let at = self
            .with_window(|window, now| {
                window.sent(started, now);
                now
            })
            .await;
        self.ours().sent(started, at);
    }

    fn ours(&self) -> MutexGuard<'_, Ours> {
        self.ours.lock().expect("no holder panics")
    }

    /// Takes note of how many requests Knack said are left of the second in which this one came. None means that others ask
    /// too, or that ours came late: then nobody starts for `pause`. One that a stranger used is not missing, since nobody
    /// else would have had it.
    pub(crate) async fn left(&self, remaining: u64, started: Started, pause: Duration) {
        if remaining == 0 {
            self.with_window(|window, now| {
                if !window.stranger_since(started) {
                    window.pause(now, pause);
                }
            })
            .await;
        }
    }

    /// Lets nobody start for `pause`.
    pub(crate) async fn pause(&self, pause: Duration) {
        self.with_window(|window, now| window.pause(now, pause))
            .await;
    }

    /// The tasks that are due on this machine, once no other process is doing them. If nothing can be remembered, all are.
    pub(crate) async fn schedule(&self) -> Schedule {
        match &self.store {
            Store::Memory(_) => Schedule::default(),
            Store::File { shared, .. } | Store::Redis { due: shared, .. } => {
                Schedule::open(&shared.beside(".due")).await
            }
        }
    }

    /// Whether the limit could not be shared with the other processes, if only for a moment.
    pub(crate) fn was_alone(&self) -> bool {
        self.was_alone.load(Ordering::Relaxed)
    }

    async fn with_window<T>(&self, step: impl Fn(&mut Window, Millis) -> T) -> T {
        match &self.store {
            Store::Memory(window) => in_memory(window, step),
            Store::File { shared, alone } => {
                if let Some(window) = alone.get() {
                    return in_memory(window, step);
                }
                match shared.with_window(&step).await {
                    Ok(result) => result,
                    Err(error) => {
                        self.was_alone.store(true, Ordering::Relaxed);
                        tracing::warn!(
                            %error,
                            "the shared Knack budget cannot be used, so this process limits itself alone; KNACK_BUDGET can name another file for it"
                        );
                        in_memory(alone.get_or_init(Mutex::default), step)
                    }
                }
            }
            // Few ask Redis, so not every future has room for it.
            Store::Redis { shared, alone, .. } => match Box::pin(shared.with_window(&step)).await {
                Ok(result) => result,
                Err(away) => {
                    if !self.was_alone.swap(true, Ordering::Relaxed) {
                        tracing::warn!(
                            reason = %away,
                            "the Redis of KNACK_BUDGET cannot be used, so until it can, this process sends Knack two requests a second at most"
                        );
                    }
                    in_memory(alone, step)
                }
            },
        }
    }
}

fn in_memory<T>(window: &Mutex<Window>, step: impl Fn(&mut Window, Millis) -> T) -> T {
    step(&mut window.lock().expect("no holder panics"), now())
}

#[cfg(test)]
mod tests;
