//! The contract, generated from the handlers, and its address. What all operations have in common is added here, so that each
//! handler declares only its own part.

pub(super) mod problems;

use std::sync::LazyLock;

use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ObjectBuilder, RefOr, Required, Type};
use utoipa::{IntoResponses, Modify, OpenApi};

use super::document::Document;
use problems::{CommonProblems, text_header};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "sync-launcher",
        description = "Refreshes one school, now. Problems are `application/problem+json` (RFC 9457) with a stable `code`, \
            and keep the members `success` and `message`, which today's front end reads. HEAD is answered \
            wherever GET is, as GET without the body. A page of an origin that may not call is refused before any of this, with a plain 400."
    ),
    paths(
        super::refresh::refresh,
        super::history::list,
        super::runs::show,
        super::runs::cancel,
        super::events::follow,
        super::changes::changes,
        super::schools::status,
        super::schools::list,
        super::schools::overview,
        super::explain::explain,
        super::health::healthz,
        super::health::readyz,
        super::metrics::metrics,
        openapi_document,
    ),
    tags(
        (name = "refresh", description = "Requesting a refresh"),
        (name = "runs", description = "Refreshes that are queued, running, or ended within the last hour"),
        (name = "schools", description = "What is known about schools"),
        (name = "operations", description = "For operators of the service; no authentication"),
    ),
    modifiers(&Bearers, &Common),
    security(("bearer" = []))
)]
struct Contract;

/// The tokens that may follow `Authorization: Bearer`.
struct Bearers;

/// Adds what all operations have in common.
struct Common;

impl Modify for Bearers {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = |description: &str| {
            let bearer = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(description));
            SecurityScheme::Http(bearer.build())
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "bearer",
            bearer("A token of `sync-launcher token new`, or a Knack user token. With `LAUNCHER_AUTH=none`, nothing"),
        );
        components.add_security_scheme("metrics", bearer("`LAUNCHER_METRICS_TOKEN`"));
    }
}

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        // There is no licence to name, and an empty one would not be valid.
        document.info.license = None;
        for operation in document.paths.paths.values_mut().flat_map(operations) {
            operation
                .responses
                .responses
                .extend(CommonProblems::responses());
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response {
                    let id = text_header("Identifies this request in the service's log");
                    response
                        .headers
                        .insert("X-Request-Id".to_owned(), id.into());
                }
            }
            // Without a security of its own, an operation identifies its caller.
            if operation.security.is_none() {
                let on_behalf = ParameterBuilder::new()
                    .name("X-User-Email")
                    .parameter_in(ParameterIn::Header)
                    .required(Required::False)
                    .description(Some("The staff member on whose behalf a server with a token calls; the server then may do no more than they may"))
                    .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
                operation
                    .parameters
                    .get_or_insert_default()
                    .push(on_behalf.build().into());
            }
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.post, &mut path.delete]
        .into_iter()
        .flatten()
}

/// The OpenAPI document, as served at `/openapi.json`.
pub fn openapi() -> String {
    Contract::openapi()
        .to_pretty_json()
        .expect("the document always serialises")
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let content_type = HeaderValue::from_static("application/json");
    Document::new(content_type, openapi().into())
});

/// This document
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "operations", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub(super) async fn openapi_document(request: HttpRequest) -> HttpResponse {
    DOCUMENT.answer(&request)
}
