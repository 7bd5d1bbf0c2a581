//! Keeps the last known state of each part of the service. Each part is checked by one request at a time, and at most
//! once every few seconds.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::background::Background;
use crate::supervise::Stamp;

/// How long an answer is believed.
pub(super) const KEPT: Duration = Duration::from_secs(3);
/// Starting a process costs more, and a program that can be run stays so unless it is replaced.
pub(super) const GOOD_PROGRAM_KEPT: Duration = Duration::from_secs(30);

/// The last known state of each part.
#[derive(Default)]
pub(crate) struct Checks {
    pub(super) program: Remembered,
    pub(super) database: Remembered,
    pub(super) coordinator: Remembered,
    pub(super) cache: Remembered,
}

/// The reason is for the log only. It holds no secret.
pub(super) type State = Result<(), String>;

/// A part's last known state.
#[derive(Default)]
pub(super) struct Remembered(Arc<Mutex<Option<Last>>>);

struct Last {
    /// The file that was checked, if it was one.
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
    /// The state, checked again unless the last answer is still fresh. `None` if the service ends meanwhile.
    pub(super) async fn get(
        &self,
        background: &Background,
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
        // Not by the request itself: it may be dropped, and the next one would start over.
        let checking = background.until_closing(async move {
            let state = check.await;
            log_change(part, last.as_ref().map(|last| &last.state), &state);
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

/// However many ask while nothing changes, the log needs one line.
fn log_change(part: &str, before: Option<&State>, now: &State) {
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
    fn an_answer_is_believed_for_a_while_and_only_about_the_same_file() {
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
            let fresh = last.is_fresh(stamp, GOOD_PROGRAM_KEPT);
            assert_eq!(fresh, is_fresh, "{:?} {:?}", last.state, at.elapsed());
        }
    }
}
