//! Where a request names its school: in the path, in the query or in the body. Whatever does not name one by a Knack record
//! id or a Supabase UUID is refused.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::web::{Path, Query};
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use sync_protocol::EstablishmentId;
use utoipa::ToSchema;

use crate::http::body;
use crate::problem::{Code, Problem};

/// A place where a request names its school.
pub(in crate::http) trait NamesSchool: 'static {
    /// The id that is named there.
    async fn id(request: &HttpRequest, payload: Payload) -> Result<EstablishmentId, Problem>;

    /// The problem for callers without access to the school.
    fn refused(problem: Problem) -> Problem {
        problem
    }
}

/// `{id}` of the path.
pub(in crate::http) struct InPath;

/// `establishmentId` of the query.
pub(in crate::http) struct InQuery;

/// `establishmentId` of the JSON body.
pub(in crate::http) struct InBody;

/// The same place, where a school of others is as unknown as one that does not exist, to every caller.
pub(in crate::http) struct Hidden<S>(PhantomData<S>);

/// Which school.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// Its Knack record id (24 hexadecimal digits) or its Supabase UUID.
    #[schema(pattern = "^([0-9a-fA-F]{24}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")]
    establishment_id: String,
}

#[derive(Debug, Deserialize)]
struct StatusQuery {
    #[serde(rename = "establishmentId", default)]
    establishment_id: String,
}

impl NamesSchool for InPath {
    async fn id(request: &HttpRequest, _: Payload) -> Result<EstablishmentId, Problem> {
        let id = Path::<String>::extract(request).await;
        establishment_id(&id.map_or_else(|_| String::new(), Path::into_inner))
    }
}

impl NamesSchool for InQuery {
    async fn id(request: &HttpRequest, _: Payload) -> Result<EstablishmentId, Problem> {
        let query = Query::<StatusQuery>::from_query(request.query_string());
        let id = query.map_or_else(
            |_| String::new(),
            |query| query.into_inner().establishment_id,
        );
        establishment_id(&id)
    }
}

impl NamesSchool for InBody {
    async fn id(request: &HttpRequest, payload: Payload) -> Result<EstablishmentId, Problem> {
        let asked: RefreshRequest = body::json(request, payload).await?;
        establishment_id(&asked.establishment_id)
    }
}

impl<S: NamesSchool> NamesSchool for Hidden<S> {
    async fn id(request: &HttpRequest, payload: Payload) -> Result<EstablishmentId, Problem> {
        S::id(request, payload).await
    }

    fn refused(problem: Problem) -> Problem {
        match problem.code {
            Code::NotAllowed | Code::EstablishmentNotFound => Problem::no_school_to_show(),
            _ => problem,
        }
    }
}

fn establishment_id(text: &str) -> Result<EstablishmentId, Problem> {
    text.parse().map_err(|_| Problem::malformed_school_id())
}
