//! The contract, generated from the handlers.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "sync-launcher",
        description = "Refreshes one school, now. Errors are problem+json (RFC 9457) with a stable `code`, and keep the \
            members `success` and `message`."
    ),
    paths(
        super::refresh::refresh,
        super::runs::show,
        super::runs::cancel,
        super::events::follow,
        super::schools::status,
        super::schools::list,
        super::schools::overview,
        super::operations::healthz,
        super::operations::readyz,
        super::operations::metrics,
        super::operations::openapi_document,
    ),
    modifiers(&Bearer),
    security(("bearer" = []))
)]
struct Contract;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token of `sync-launcher token new`, or a Knack user token",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The OpenAPI document, as `/openapi.json` gives it.
pub fn openapi() -> String {
    Contract::openapi()
        .to_pretty_json()
        .expect("the document always serialises")
}
