//! When a request leaves: a body that holds nothing, and tells by its end that the connection has taken the request.
//!
//! hyper drops a body without content as soon as the head before it is written, on a connection that is open. Only then can the
//! request come to Knack; a new connection takes a second at times.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;

/// The body.
struct Departing(Option<oneshot::Sender<()>>);

/// A body for one request, and what resolves when the request has left or will never leave.
pub(super) fn departure() -> (reqwest::Body, impl Future<Output = ()>) {
    let (leaves, left) = oneshot::channel();
    let body = reqwest::Body::wrap(Departing(Some(leaves)));
    (body, async move { drop(left.await) })
}

impl Body for Departing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(0)
    }
}

impl Drop for Departing {
    fn drop(&mut self) {
        if let Some(leaves) = self.0.take() {
            // Nobody may be waiting any more.
            let _ = leaves.send(());
        }
    }
}
