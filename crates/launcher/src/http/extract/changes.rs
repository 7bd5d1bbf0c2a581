//! The changes of a run, for a caller who has access to its school.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::caller::{caller, state};
use super::run::RunInPath;
use crate::changes::KeptRun;
use crate::problem::Problem;

/// The changes of the run that the path names.
pub(in crate::http) struct ChangesOf(Arc<KeptRun>);

impl ChangesOf {
    pub(in crate::http) fn run(&self) -> &KeptRun {
        &self.0
    }
}

impl FromRequest for ChangesOf {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = state(&request);
            let caller = caller(&request, state).await?;
            let id = RunInPath::id(&request).await;
            let run = id.and_then(|id| state.services.changes.for_caller(&caller, id));
            run.map(Self).ok_or_else(Problem::no_changes)
        })
    }
}
