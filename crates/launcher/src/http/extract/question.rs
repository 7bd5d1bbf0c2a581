//! A question about a school, and the caller who has access to it.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use dashboard::School;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use utoipa::ToSchema;

use super::caller::{caller, state};
use super::school_id::{InPath, NamesSchool};
use crate::access::Caller;
use crate::explain::Question;
use crate::http::body;
use crate::http::deadline::AnswerDeadline;
use crate::problem::{Code, Problem};

/// The question.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainRequest {
    /// The id of a record in Knack, or an e-mail address.
    #[schema(max_length = 320)]
    question: String,
}

/// The question, its school and its caller. Unknown callers are refused first, then callers who ask too often, then malformed
/// questions, and callers without access to the school last.
pub(in crate::http) struct QuestionOf {
    pub(in crate::http) caller: Caller,
    pub(in crate::http) school: Arc<School>,
    pub(in crate::http) question: Question,
}

impl FromRequest for QuestionOf {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let state = state(&request);
            let caller = caller(&request, state).await?;
            state.question_limit.check(&caller)?;
            let id = InPath::id(&request, Payload::None).await?;
            let asked = body::json(&request, payload).await;
            let asked: ExplainRequest = asked.map_err(in_terms_of_a_question)?;
            let question =
                Question::parse(&asked.question).ok_or_else(Problem::malformed_question)?;
            let school = state.services.schools.school_for(&caller, id);
            let school = AnswerDeadline::start().within(school).await;
            Ok(Self {
                caller,
                school: school?,
                question,
            })
        })
    }
}

fn in_terms_of_a_question(problem: Problem) -> Problem {
    match problem.code {
        Code::InvalidRequest => Problem::malformed_question(),
        _ => problem,
    }
}
