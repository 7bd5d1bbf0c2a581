//! Registers an address with the methods that it accepts, and answers 404 and 405.

use std::future::ready;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, ResponseError, web};

use crate::problem::Problem;

/// A resource that refuses other methods and names those that it takes, as RFC 9110 asks.
pub(super) fn at(path: &str, methods: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || ready(method_not_allowed(methods))))
}

/// A resource that can only be read. HEAD is answered as GET is; the server leaves the body out.
pub(super) fn reads<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    at(path, "GET, HEAD")
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
}

pub(super) async fn not_found() -> HttpResponse {
    nothing_here().error_response()
}

pub(super) fn nothing_here() -> Problem {
    Problem::no_such_address()
}

fn method_not_allowed(methods: &'static str) -> HttpResponse {
    let mut response = Problem::method_not_allowed().error_response();
    let methods = HeaderValue::from_static(methods);
    response.headers_mut().insert(header::ALLOW, methods);
    response
}
