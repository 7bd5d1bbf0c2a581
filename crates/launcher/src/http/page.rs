//! The page at `/` and its files: those built into the program, or those of a folder. Owns how they are sent. They are public,
//! so they must never contain anything about a school or a caller.
//!
//! The page is not part of the contract: it is one of the contract's users.

pub(super) mod folder;

use std::future::ready;
use std::sync::LazyLock;

use actix_files::PathBufWrap;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, VARY};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse};
use secrecy::ExposeSecret;
use serde::Serialize;

use super::document::Document;
use super::resource::{nothing_here, reads};
use super::state::AppState;
use super::this_machine::is_sent_by_this_machine;
use crate::access::SignIn;
use crate::problem::Problem;

/// Only scripts, styles and requests of this origin, and no other site may put the page into a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

macro_rules! built {
    ($name:literal) => {
        include_bytes!(concat!("../../web/dist/page/", $name))
    };
}

/// The files of the page as the build of `web/` left them, by address.
static PAGE: LazyLock<[(&str, Document); 4]> = LazyLock::new(|| {
    let file = |content_type, bytes: &'static [u8]| {
        Document::new(HeaderValue::from_static(content_type), bytes.into())
    };
    [
        ("/", file("text/html; charset=utf-8", built!("index.html"))),
        (
            "/page.js",
            file("text/javascript; charset=utf-8", built!("page.js")),
        ),
        (
            "/page.css",
            file("text/css; charset=utf-8", built!("page.css")),
        ),
        ("/favicon.svg", file("image/svg+xml", built!("favicon.svg"))),
    ]
});

/// The page's addresses. A folder answers every address that nothing else does, so it comes last.
pub(super) fn routes(app: &mut ServiceConfig, state: &AppState) {
    app.service(reads("/config.json", config));
    if state.folder.is_some() {
        let files = reads("/{file:.*}", from_folder);
        app.service(files.wrap(from_fn(as_page)));
        return;
    }
    for (address, file) in PAGE.iter() {
        let send = move |request: HttpRequest| ready(file.answer(&request));
        app.service(reads(address, send).wrap(from_fn(as_page)));
    }
}

/// The headers of every file. A browser checks each time whether its copy is current, so that a new program is a new page.
async fn as_page(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let status = response.status();
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        for (name, value) in [
            (CONTENT_SECURITY_POLICY, POLICY),
            (CACHE_CONTROL, "no-cache"),
            (VARY, "Accept-Encoding"),
        ] {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

async fn from_folder(state: Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let path = PathBufWrap::parse_req_path(&request, false);
    let path = path.map_err(|_| nothing_here())?;
    let opened = web::block(move || state.folder.as_ref()?.file(path.as_ref())).await;
    let file = opened.ok().flatten().ok_or_else(nothing_here)?;
    Ok(file.answer(&request))
}

/// What the page has to know before anyone has signed in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageConfig<'a> {
    /// What people can show. Empty where nobody has to show anything.
    sign_in: &'a [SignIn],
    /// Where people with a session in Knack find their dashboard.
    dashboards: &'a [String],
    /// The token that the page signs in with by itself. Given to this machine only.
    #[serde(skip_serializing_if = "Option::is_none")]
    demo_token: Option<&'a str>,
}

async fn config(state: Data<AppState>, request: HttpRequest) -> HttpResponse {
    let config = &state.config;
    let is_for_knack = config.sign_in.contains(&SignIn::KnackToken);
    let token = config.demo_token.as_ref();
    let token = token.filter(|_| is_sent_by_this_machine(&request, &config.trusted_proxies));
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(PageConfig {
            sign_in: &config.sign_in,
            dashboards: if is_for_knack { &config.origins } else { &[] },
            demo_token: token.map(ExposeSecret::expose_secret),
        })
}
