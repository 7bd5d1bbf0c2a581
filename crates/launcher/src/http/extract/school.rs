//! A school, and the caller who has access to it.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use dashboard::School;
use futures_util::future::LocalBoxFuture;

use super::caller::{caller, state};
use super::school_id::NamesSchool;
use crate::access::Caller;
use crate::http::deadline::AnswerDeadline;
use crate::problem::Problem;

/// The school that the request names at `S`. Unknown callers are refused first, then malformed ids, and callers without access
/// to the school last.
pub(in crate::http) struct SchoolOf<S> {
    caller: Caller,
    school: Arc<School>,
    arrived: Instant,
    deadline: AnswerDeadline,
    named_at: PhantomData<S>,
}

impl<S> SchoolOf<S> {
    pub(in crate::http) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(in crate::http) fn school(&self) -> &Arc<School> {
        &self.school
    }

    /// When the request's head had arrived.
    pub(in crate::http) fn arrived(&self) -> Instant {
        self.arrived
    }

    /// When the answer must be ready; the school was looked up within the same time.
    pub(in crate::http) fn deadline(&self) -> AnswerDeadline {
        self.deadline
    }
}

impl<S: NamesSchool> FromRequest for SchoolOf<S> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let arrived = Instant::now();
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let state = state(&request);
            let caller = caller(&request, state).await?;
            let id = S::id(&request, payload).await?;
            let deadline = AnswerDeadline::start();
            let school = state.services.schools.school_for(&caller, id);
            let school = deadline.within(school).await?;
            Ok(Self {
                caller,
                school,
                arrived,
                deadline,
                named_at: PhantomData,
            })
        })
    }
}
