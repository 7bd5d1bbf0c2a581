//! Marks a request as in progress on its connection, from its head to the last byte of its answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Bytes;

use super::progress::Progress;

/// A request in progress, until this is dropped.
struct InProgress(Arc<Progress>);

impl InProgress {
    fn begin(progress: &Arc<Progress>) -> Self {
        progress.request_begins();
        Self(Arc::clone(progress))
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.0.request_ends();
    }
}

/// The server drops a body once all of it is in the connection's buffer, or its client has gone.
struct Answer {
    body: BoxBody,
    _in_progress: Option<InProgress>,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

/// Serves a request; the outermost step of all.
pub(crate) async fn mark_in_progress(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let progress = request.conn_data::<Arc<Progress>>();
    let in_progress = progress.map(InProgress::begin);
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| Answer {
        body: BoxBody::new(body),
        _in_progress: in_progress,
    }))
}
