//! Who may read the metrics: this machine itself or, if a token is set, callers with that token.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::bearer::bearer;
use super::caller::state;
use crate::http::this_machine::is_sent_by_this_machine;
use crate::problem::Problem;

/// Someone who may read the metrics.
pub(in crate::http) struct MetricsReader(());

impl FromRequest for MetricsReader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let may_read = match &state(request).config.metrics_token {
            None => is_sent_by_this_machine(request),
            Some(token) => bearer(request.headers()).is_some_and(|brought| {
                let token = token.expose_secret().as_bytes();
                brought.as_bytes().ct_eq(token).into()
            }),
        };
        ready(if may_read {
            Ok(Self(()))
        } else {
            Err(Problem::metrics_need_a_token())
        })
    }
}
