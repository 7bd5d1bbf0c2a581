//! `GET /api/sync/runs/{run}/events`: a run's events as they happen, as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::http::{ConnectionType, Version};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream;
use tokio::sync::watch;
use tokio::time::Instant;

use super::connection::progress::Progress;
use super::extract::{RunInPath, RunOf};
use super::openapi::problems::RunProblems;
use super::state::AppState;
use super::streams::OpenStream;
use crate::problem::Problem;
use crate::runs::{Event, Run};

/// Also detects readers that have gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A stream ends after this and the reader comes back, so that access is checked again.
const LONGEST: Duration = Duration::from_mins(5);
const RETRY_SECONDS: u64 = 15;

/// A run's events, as they happen
///
/// The first is a snapshot; every event carries the run's whole state. After `end`, the stream closes. With `Last-Event-ID`,
/// the events since then come first.
#[utoipa::path(
    get,
    path = "/api/sync/runs/{run}/events",
    operation_id = "followRun",
    tag = "runs",
    params(
        RunInPath,
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that was received"),
    ),
    responses(
        (status = 200, description = "snapshot, state, phase, progress, waiting, end; data is the run", body = String, content_type = "text/event-stream"),
        RunProblems,
    ),
)]
pub(crate) async fn follow(
    state: Data<AppState>,
    request: HttpRequest,
    asked: RunOf,
) -> Result<HttpResponse, Problem> {
    let open = state.streams.take(asked.caller().counted_as());
    let open = open.ok_or_else(|| Problem::too_many_streams(RETRY_SECONDS))?;
    let run = asked.into_run();
    let last = request.headers().get("last-event-id");
    let last = last.and_then(|id| Event::number(id.to_str().ok()?, run.id));
    state.services.metrics.followers.inc();
    let closes_at = Instant::now() + LONGEST;
    if let Some(connection) = request.conn_data::<Arc<Progress>>() {
        connection.answer_ends(closes_at.into_std(), open.ending().clone());
    }
    let following = Following {
        newest: run.follow(),
        run,
        last,
        position: Position::Fresh,
        closes_at,
        state,
        open,
    };
    let mut response = as_stream().streaming(stream::unfold(following, Following::next));
    if request.version() < Version::HTTP_11 {
        // Such a client knows no chunks (RFC 9112): to it, the answer ends with the connection.
        let head = response.head_mut();
        head.no_chunking(true);
        head.set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// The head of that answer. It is not a stream, so it does not take the place of one.
pub(super) async fn head(_: RunOf) -> HttpResponse {
    as_stream().finish()
}

fn as_stream() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store, no-transform"))
        .insert_header(("X-Accel-Buffering", "no"));
    response
}

struct Following {
    run: Arc<Run>,
    newest: watch::Receiver<u64>,
    last: Option<u64>,
    position: Position,
    closes_at: Instant,
    state: Data<AppState>,
    open: OpenStream,
}

#[derive(PartialEq, Eq)]
enum Position {
    Fresh,
    Open,
    Ended,
}

impl Following {
    async fn next(mut self) -> Option<(Result<Bytes, actix_web::Error>, Self)> {
        if self.position == Position::Ended {
            return None;
        }
        loop {
            // Marked as seen before looking, so that an event that comes meanwhile is noticed.
            self.newest.mark_unchanged();
            if self.position == Position::Fresh || self.has_news() {
                let text = self.news();
                if !text.is_empty() {
                    return Some((Ok(Bytes::from(text)), self));
                }
            }
            tokio::select! {
                // The run's end is sent before the stream ends because the service does.
                biased;
                () = tokio::time::sleep_until(self.closes_at) => return None,
                changed = self.newest.changed() => changed.ok()?,
                () = tokio::time::sleep(KEEP_ALIVE) => {
                    return Some((Ok(Bytes::from_static(b": keep-alive\n\n")), self));
                }
                () = self.open.ending().cancelled() => return None,
            }
        }
    }

    fn has_news(&self) -> bool {
        self.last != Some(*self.newest.borrow())
    }

    fn news(&mut self) -> String {
        let events = self.run.events_after(self.last);
        let mut text = String::new();
        if self.position == Position::Fresh {
            text.push_str("retry: 3000\n\n");
            self.position = Position::Open;
        }
        for event in &events {
            text.push_str(&event.to_wire());
            self.last = Some(event.id);
            if event.is_end() {
                self.position = Position::Ended;
            }
        }
        text
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.state.services.metrics.followers.dec();
    }
}
