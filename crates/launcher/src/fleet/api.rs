//! Sends one request to a launcher and reads its answer, with a deadline and within bounds. Decides nothing about what
//! to do next.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::json;
use sync_protocol::KnackRecordId;
use uuid::Uuid;

use super::exit;
use super::wire::{Accepted, Problem, Run, RunHistory, SchoolList};
use crate::config::of_client::ClientConfig;

/// A launcher answers within thirty seconds, whatever its database does.
const DEADLINE: Duration = Duration::from_secs(40);
/// The schools of a large trust, many times over.
const LARGEST: usize = 16_000_000;

/// The launcher that is called.
pub(super) struct Api {
    config: ClientConfig,
    base: String,
}

/// A request was not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApiError {
    /// No answer came, or what is in front of the launcher says that it is not there.
    #[error(
        "The launcher does not respond at LAUNCHER_URL. Check that it runs and that the address is right."
    )]
    Unreachable,
    #[error("{}", .0.detail)]
    Problem(Problem),
    /// Something answered, and not as a launcher does.
    #[error(
        "What answers at LAUNCHER_URL is no launcher (HTTP {0}). Check the address, and that the launcher is of the same version."
    )]
    NoLauncher(u16),
}

impl ApiError {
    /// Its stable code.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::Unreachable => "launcher_unreachable",
            Self::Problem(problem) => &problem.code,
            Self::NoLauncher(_) => "no_launcher",
        }
    }

    pub(super) fn exit_code(&self) -> u8 {
        exit::of_code(self.code())
    }
}

impl Api {
    pub(super) fn new(config: ClientConfig) -> Self {
        let base = config.url.as_str().trim_end_matches('/').to_owned();
        Self { config, base }
    }

    /// The caller's schools.
    pub(super) async fn schools(&self) -> Result<SchoolList, ApiError> {
        self.read(self.get("/api/establishments")).await
    }

    /// The last runs of a school.
    pub(super) async fn runs_of(&self, school: KnackRecordId) -> Result<RunHistory, ApiError> {
        let path = format!("/api/sync/runs?establishmentId={school}");
        self.read(self.get(&path)).await
    }

    /// Asks for a refresh, and does not wait for its end.
    pub(super) async fn start(&self, school: KnackRecordId) -> Result<Accepted, ApiError> {
        let request = self
            .request(Method::POST, "/api/sync/refresh-establishment")
            .header("Prefer", "respond-async")
            .json(&json!({ "establishmentId": school }));
        self.read(request).await
    }

    /// A run as it is now.
    pub(super) async fn run(&self, id: Uuid) -> Result<Run, ApiError> {
        self.read(self.get(&format!("/api/sync/runs/{id}"))).await
    }

    /// A run's events, from now on.
    pub(super) async fn events(&self, id: Uuid) -> Result<Response, ApiError> {
        let request = self.get(&format!("/api/sync/runs/{id}/events"));
        let response = tokio::time::timeout(DEADLINE, request.send()).await;
        let response = response
            .map_err(|_| ApiError::Unreachable)?
            .map_err(|_| ApiError::Unreachable)?;
        if response.status() == StatusCode::OK {
            return Ok(response);
        }
        let status = response.status();
        Err(refusal(status, &body(response).await?))
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let client: &Client = &self.config.http;
        let request = client.request(method, format!("{}{path}", self.base));
        let token: Option<&SecretString> = self.config.token.as_ref();
        match token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        }
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ApiError> {
        let response = request.timeout(DEADLINE).send().await;
        let response = response.map_err(|_| ApiError::Unreachable)?;
        let status = response.status();
        let body = body(response).await?;
        if status.is_success() {
            serde_json::from_slice(&body).map_err(|_| ApiError::NoLauncher(status.as_u16()))
        } else {
            Err(refusal(status, &body))
        }
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST => {
                body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => return Err(ApiError::NoLauncher(response.status().as_u16())),
            Ok(None) => return Ok(body),
            Err(_) => return Err(ApiError::Unreachable),
        }
    }
}

fn refusal(status: StatusCode, body: &[u8]) -> ApiError {
    if let Ok(problem) = serde_json::from_slice(body) {
        return ApiError::Problem(problem);
    }
    match status {
        // A proxy whose launcher is being restarted.
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            ApiError::Unreachable
        }
        other => ApiError::NoLauncher(other.as_u16()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_problem_of_a_launchers_is_told_by_its_status() {
        let problem =
            br#"{"code":"busy","detail":"Too many.","retryable":true,"retryAfterSeconds":15}"#;
        for (status, body, code) in [
            (503, &problem[..], "busy"),
            (502, b"<html>Bad Gateway</html>", "launcher_unreachable"),
            (503, b"", "launcher_unreachable"),
            (504, b"{}", "launcher_unreachable"),
            (404, b"<html>Not Found</html>", "no_launcher"),
            (302, b"", "no_launcher"),
            (401, b"Unauthorized", "no_launcher"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(refusal(status, body).code(), code, "{status}");
        }
    }
}
