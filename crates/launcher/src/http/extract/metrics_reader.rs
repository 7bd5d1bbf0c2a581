//! Checks that a caller may read the metrics: this machine itself or, if a token is set, callers with that token.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::bearer::bearer;
use super::caller::state;
use crate::access::Bearer;
use crate::http::this_machine::is_sent_by_this_machine;
use crate::peer::TrustedProxies;
use crate::problem::Problem;

/// Someone who may read the metrics.
pub(in crate::http) struct MetricsReader(());

impl FromRequest for MetricsReader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let config = &state(request).config;
        let Some(token) = &config.metrics_token else {
            // No proxy leads to an address that is for the metrics alone.
            let proxies = match config.metrics_bind {
                Some(_) => &TrustedProxies::default(),
                None => &config.trusted_proxies,
            };
            return ready(if is_sent_by_this_machine(request, proxies) {
                Ok(Self(()))
            } else {
                Err(Problem::metrics_for_this_machine())
            });
        };
        let token = token.expose_secret().as_bytes();
        ready(match bearer(request.headers()) {
            Bearer::Token(brought) if bool::from(brought.as_bytes().ct_eq(token)) => Ok(Self(())),
            Bearer::Token(_) | Bearer::Unusable => Err(Problem::invalid_metrics_token()),
            Bearer::Absent => Err(Problem::metrics_need_a_token()),
        })
    }
}
