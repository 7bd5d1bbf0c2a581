//! A run, and the caller who has access to its school.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Path;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::caller::{caller, state};
use crate::access::Caller;
use crate::problem::Problem;
use crate::runs::Run;

/// `{run}` of the path, as it is read and as the contract describes it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct RunInPath {
    /// The run's id
    run: Uuid,
}

impl RunInPath {
    /// `None` if it is no id of a run.
    pub(super) async fn id(request: &HttpRequest) -> Option<Uuid> {
        let named = Path::<Self>::extract(request).await;
        named.ok().map(|named| named.run)
    }
}

/// The run that the path names.
pub(in crate::http) struct RunOf {
    caller: Caller,
    run: Arc<Run>,
}

impl RunOf {
    pub(in crate::http) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(in crate::http) fn run(&self) -> &Run {
        &self.run
    }

    pub(in crate::http) fn into_run(self) -> Arc<Run> {
        self.run
    }
}

impl FromRequest for RunOf {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = state(&request);
            let caller = caller(&request, state).await?;
            let id = RunInPath::id(&request).await;
            let run = match id {
                Some(id) => state.services.coordinator.for_caller(&caller, id).await,
                None => Ok(None),
            };
            match run.map_err(|_| Problem::coordinator_unreachable())? {
                Some(run) => Ok(Self { caller, run }),
                None => Err(Problem::no_such_run()),
            }
        })
    }
}
