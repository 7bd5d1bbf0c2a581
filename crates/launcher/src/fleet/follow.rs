//! Following a run to its end, over lost connections and restarts of the launcher. Leaving it stops nothing.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::api::{Api, ApiError};
use super::room::Waiting;
use super::waits::LastServed;
use super::wire::{Run, RunState};

/// The launcher says something every fifteen seconds.
const SILENCE: Duration = Duration::from_secs(45);
/// An event holds a run's whole state.
const LARGEST_EVENT: usize = 4_000_000;

/// The result.
pub(super) enum Followed {
    Ended(Box<Run>),
    /// The launcher does not know the run any more: it was started anew.
    Forgotten,
    /// It cannot be followed any longer.
    GaveUp(ApiError),
    /// We were told to end.
    Stopped,
}

/// Follows a run. `waiting` is given back as soon as it has left the queue.
pub(super) async fn follow(
    api: &Api,
    served: &LastServed,
    id: Uuid,
    waiting: Waiting,
    stop: &CancellationToken,
) -> Followed {
    tokio::select! {
        biased;
        () = stop.cancelled() => Followed::Stopped,
        followed = to_the_end(api, served, id, waiting) => followed,
    }
}

async fn to_the_end(api: &Api, served: &LastServed, id: Uuid, waiting: Waiting) -> Followed {
    let mut waiting = Some(waiting);
    let mut attempt = 0;
    loop {
        let heard = |run: &Run| {
            served.note();
            if run.state != RunState::Queued {
                waiting = None;
            }
        };
        let error = match listen(api, id, heard).await {
            Ok(Some(run)) => return Followed::Ended(Box::new(run)),
            // Streams end after a while, and with the launcher.
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let asked = match &error {
            Some(ApiError::Problem(problem)) if problem.code == "unknown_run" => {
                return Followed::Forgotten;
            }
            Some(ApiError::Problem(problem)) if problem.retryable => problem.retry_after_seconds,
            Some(ApiError::Unreachable) | None => None,
            Some(lasting) => return Followed::GaveUp(lasting.clone()),
        };
        let Some(pause) = served.pause(attempt, asked) else {
            return Followed::GaveUp(error.unwrap_or(ApiError::Unreachable));
        };
        tokio::time::sleep(pause).await;
        attempt += 1;
        // Where no stream is to be had, its state will do.
        if let Ok(run) = api.run(id).await {
            served.note();
            attempt = 0;
            if run.state.has_ended() {
                return Followed::Ended(Box::new(run));
            }
        }
    }
}

/// Reads events until the run has ended, or until there are no more of them.
async fn listen(api: &Api, id: Uuid, mut heard: impl FnMut(&Run)) -> Result<Option<Run>, ApiError> {
    let mut response = api.events(id).await?;
    let mut events = Events::default();
    loop {
        let Ok(Ok(Some(chunk))) = tokio::time::timeout(SILENCE, response.chunk()).await else {
            return Ok(None);
        };
        for run in events.read(&chunk)? {
            heard(&run);
            if run.state.has_ended() {
                return Ok(Some(run));
            }
        }
    }
}

/// The part of an event stream that has come, up to the last whole line.
#[derive(Default)]
struct Events(Vec<u8>);

impl Events {
    /// The runs in the events that are complete with this. One event has one line of data.
    fn read(&mut self, chunk: &[u8]) -> Result<Vec<Run>, ApiError> {
        self.0.extend_from_slice(chunk);
        let complete = self.0.iter().rposition(|byte| *byte == b'\n');
        let Some(end) = complete else {
            return if self.0.len() > LARGEST_EVENT {
                Err(ApiError::NoLauncher(200))
            } else {
                Ok(Vec::new())
            };
        };
        let rest = self.0.split_off(end + 1);
        let lines = std::mem::replace(&mut self.0, rest);
        let data = lines
            .split(|byte| *byte == b'\n')
            .filter_map(|line| line.strip_prefix(b"data: "));
        data.map(|data| serde_json::from_slice(data).map_err(|_| ApiError::NoLauncher(200)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_wherever_the_stream_is_cut() {
        let stream = b"retry: 3000\n\nid: x-1\nevent: snapshot\ndata: {\"state\":\"queued\"}\n\n: keep-alive\n\n\
                       id: x-2\nevent: end\ndata: {\"state\":\"succeeded\",\"elapsedSeconds\":3}\n\n";
        for cut in 0..stream.len() {
            let mut events = Events::default();
            let (one, other) = stream.split_at(cut);
            let mut runs = events.read(one).unwrap();
            runs.extend(events.read(other).unwrap());
            let states: Vec<RunState> = runs.iter().map(|run| run.state).collect();
            assert_eq!(states, [RunState::Queued, RunState::Succeeded], "{cut}");
        }
    }

    #[test]
    fn a_stream_that_is_no_launchers_is_refused_and_not_kept() {
        let mut events = Events::default();
        assert!(events.read(b"data: <html>\n").is_err());
        let mut events = Events::default();
        let endless = vec![b'x'; LARGEST_EVENT + 1];
        assert!(events.read(&endless).is_err());
    }
}
