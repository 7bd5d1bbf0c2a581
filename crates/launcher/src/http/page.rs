//! The page at `/` and the files it consists of: those within the program, or those of a folder. Owns how they are sent.
//! They are for everybody who reaches this address, so nothing of a school or a caller may ever stand in them.
//!
//! The page is no part of the contract: it is one of the contract's users.

use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use actix_files::{NamedFile, PathBufWrap};
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, EntityTag, Header, HeaderValue,
    IfNoneMatch, VARY,
};
use actix_web::middleware::{Compress, Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::this_machine::is_sent_by_this_machine;
use super::{Front, at, there_is_nothing};
use crate::problem::Problem;

/// What a folder must hold to be served in the place of the embedded files.
pub(crate) const INDEX: &str = "index.html";

/// Only what comes from here is run, shown or asked, and no other site may put the page into a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page, as the build of `web/` left it.
struct Embedded {
    address: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! built {
    ($name:literal) => {
        include_bytes!(concat!("../../web/dist/page/", $name))
    };
}

const PAGE: [Embedded; 4] = [
    Embedded {
        address: "/",
        content_type: "text/html; charset=utf-8",
        bytes: built!("index.html"),
    },
    Embedded {
        address: "/page.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: built!("page.js"),
    },
    Embedded {
        address: "/page.css",
        content_type: "text/css; charset=utf-8",
        bytes: built!("page.css"),
    },
    Embedded {
        address: "/favicon.svg",
        content_type: "image/svg+xml",
        bytes: built!("favicon.svg"),
    },
];

/// The page's addresses. A folder's are all that nothing else has, so they come last.
pub(super) fn routes(app: &mut ServiceConfig, front: &Front) {
    if front.config.demo_token.is_some() {
        app.service(at("/config.json", "GET").route(web::get().to(config)));
    }
    if front.config.web_root.is_some() {
        let files = at("/{file:.*}", "GET, HEAD")
            .route(web::get().to(from_folder))
            .route(web::head().to(from_folder));
        app.service(files.wrap(Compress::default()).wrap(from_fn(as_page)));
        return;
    }
    for (file, tag) in PAGE.iter().zip(TAGS.iter()) {
        let send = move |request: HttpRequest| ready(embedded(&request, file, tag));
        let file = at(file.address, "GET, HEAD")
            .route(web::get().to(send))
            .route(web::head().to(send));
        app.service(file.wrap(Compress::default()).wrap(from_fn(as_page)));
    }
}

/// What a browser is told of every file. It asks each time whether its copy still holds, so that a new program is a new page.
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

/// The tags of [`PAGE`], in its order. Weak, since a file is the same file compressed or not.
static TAGS: LazyLock<[EntityTag; PAGE.len()]> = LazyLock::new(|| {
    PAGE.each_ref().map(|file| {
        let digest = Sha256::digest(file.bytes);
        EntityTag::new_weak(URL_SAFE_NO_PAD.encode(digest))
    })
});

fn embedded(request: &HttpRequest, file: &'static Embedded, tag: &EntityTag) -> HttpResponse {
    let is_known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    };
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response.insert_header((ETAG, tag.to_string()));
    if is_known {
        return response.finish();
    }
    response
        .insert_header((CONTENT_TYPE, file.content_type))
        .body(file.bytes)
}

async fn from_folder(front: Data<Front>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let root = front.config.web_root.clone();
    let path = PathBufWrap::parse_req_path(&request, false);
    let (root, path) = root.zip(path.ok()).ok_or_else(there_is_nothing)?;
    let opened = web::block(move || open(&root, path.as_ref())).await;
    let file = opened.ok().flatten().ok_or_else(there_is_nothing)?;
    // Two times within a second are one to a browser, and the tag says more than both.
    let file = file.use_last_modified(false).disable_content_disposition();
    let mut response = file.into_response(&request);
    if let Some(tag) = response.headers().get(ETAG).and_then(weak) {
        response.headers_mut().insert(ETAG, tag);
    }
    Ok(response)
}

/// A file of the folder, wherever links within it lead, unless that is outside. A folder itself is none.
fn open(root: &Path, path: &Path) -> Option<NamedFile> {
    let path = if path.as_os_str().is_empty() {
        Path::new(INDEX)
    } else {
        path
    };
    let root = root.canonicalize().ok()?;
    let file: PathBuf = root.join(path).canonicalize().ok()?;
    // What is no file may block whoever opens it.
    let is_served = file.starts_with(&root) && file.is_file();
    is_served.then(|| NamedFile::open(file).ok()).flatten()
}

fn weak(tag: &HeaderValue) -> Option<HeaderValue> {
    let tag = tag.to_str().ok()?;
    HeaderValue::from_str(&format!("W/{}", tag.trim_start_matches("W/"))).ok()
}

/// What the page signs in with by itself. To who is not on this machine, there is no such address.
async fn config(front: Data<Front>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let token = front.config.demo_token.as_ref();
    let token = token.filter(|_| is_sent_by_this_machine(&request));
    let token = token.ok_or_else(there_is_nothing)?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({ "demoToken": token.expose_secret() })))
}
