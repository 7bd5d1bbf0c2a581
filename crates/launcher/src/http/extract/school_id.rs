//! Reads the id of the school that a request names in its path, query or body. Anything but a Knack record id or a
//! Supabase UUID is refused.

use actix_web::dev::Payload;
use actix_web::web::{Path, Query};
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use sync_protocol::EstablishmentId;
use utoipa::{IntoParams, ToSchema};

use crate::http::body;
use crate::problem::Problem;

/// A place where a request names its school.
pub(in crate::http) trait NamesSchool: 'static {
    /// The id that is named there.
    async fn id(request: &HttpRequest, payload: Payload) -> Result<EstablishmentId, Problem>;
}

/// `{id}` of the path.
pub(in crate::http) struct InPath;

/// `establishmentId` of the query.
pub(in crate::http) struct InQuery;

/// `establishmentId` of the JSON body.
pub(in crate::http) struct InBody;

/// Which school.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RefreshRequest {
    /// Its Knack record id (24 hexadecimal digits) or its Supabase UUID.
    #[schema(pattern = "^([0-9a-fA-F]{24}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")]
    establishment_id: String,
}

/// [`InPath`], as it is read and as the contract describes it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SchoolInPath {
    /// The school, by its Knack record id or its Supabase UUID
    #[param(pattern = "^([0-9a-fA-F]{24}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")]
    id: String,
}

/// [`InQuery`], as it is read and as the contract describes it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SchoolInQuery {
    /// The school, by its Knack record id or its Supabase UUID
    #[serde(rename = "establishmentId")]
    #[param(pattern = "^([0-9a-fA-F]{24}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")]
    establishment_id: String,
}

impl NamesSchool for InPath {
    async fn id(request: &HttpRequest, _: Payload) -> Result<EstablishmentId, Problem> {
        let named = Path::<SchoolInPath>::extract(request).await;
        establishment_id(named.ok().map(|named| named.into_inner().id))
    }
}

impl NamesSchool for InQuery {
    async fn id(request: &HttpRequest, _: Payload) -> Result<EstablishmentId, Problem> {
        let named = Query::<SchoolInQuery>::from_query(request.query_string());
        establishment_id(named.ok().map(|named| named.into_inner().establishment_id))
    }
}

impl NamesSchool for InBody {
    async fn id(request: &HttpRequest, payload: Payload) -> Result<EstablishmentId, Problem> {
        let asked: RefreshRequest = body::json(request, payload).await?;
        establishment_id(Some(asked.establishment_id))
    }
}

fn establishment_id(text: Option<String>) -> Result<EstablishmentId, Problem> {
    let id = text.and_then(|text| text.parse().ok());
    id.ok_or_else(Problem::malformed_school_id)
}
