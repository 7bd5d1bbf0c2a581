//! What a request asks for, read from its path and query.

use actix_web::{HttpRequest, http::Method};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;

use super::view;

/// A request, understood.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) route: Route,
    /// The decoded query, in order.
    pub(super) query: Vec<(String, String)>,
}

/// Which endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `/applications/{id}`
    Application(String),
    /// `POST /applications/{id}/session`
    SignIn(String),
    /// `/session/token`
    Session,
    /// `/pages/{scene}/views/{view}/records`, known as `{scene}/{view}`
    View(String),
    /// `/objects`
    Objects,
    /// `/objects/{key}`
    Object(String),
    /// `/objects/{key}/records`
    Records(String),
    /// `/objects/{key}/records/{id}`
    Record(String, String),
    /// Any other path, or a method that is not simulated.
    Unknown,
}

/// The kinds of request, as rules for faults tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A list of records.
    Page,
    /// A list of records asked for with one row to a page, to learn the total.
    Count,
    /// One record.
    Record,
    /// What a view shows to the user who asks, whatever the number of rows.
    View,
    /// A user signing in, or asking who they are.
    Session,
    /// The objects and their fields; `/applications/` never fails.
    Metadata,
}

/// The default of `rows_per_page`.
const ROWS: u64 = 25;
/// Its largest value. Assumed: more is taken for this many.
const MOST_ROWS: u64 = 1000;

impl Call {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let path: Vec<&str> = request
            .path()
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        let route = match (request.method(), path.as_slice()) {
            (&Method::GET, ["v1", "applications", id]) => Route::Application((*id).to_owned()),
            (&Method::POST, ["v1", "applications", id, "session"]) => {
                Route::SignIn((*id).to_owned())
            }
            (&Method::GET, ["v1", "session", "token"]) => Route::Session,
            (&Method::GET, ["v1", "pages", scene, "views", view, "records"]) => {
                Route::View(format!("{scene}/{view}"))
            }
            (&Method::GET, ["v1", "objects"]) => Route::Objects,
            (&Method::GET, ["v1", "objects", key]) => Route::Object((*key).to_owned()),
            (&Method::GET, ["v1", "objects", key, "records"]) => Route::Records((*key).to_owned()),
            (&Method::GET, ["v1", "objects", key, "records", id]) => {
                Route::Record((*key).to_owned(), (*id).to_owned())
            }
            _ => Route::Unknown,
        };
        let query = form_urlencoded::parse(request.query_string().as_bytes())
            .into_owned()
            .collect();
        Self { route, query }
    }

    /// The value of a query parameter; of a repeated one, the last.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn page(&self) -> u64 {
        self.number("page").unwrap_or(1).max(1)
    }

    pub(super) fn rows_per_page(&self) -> u64 {
        self.number("rows_per_page")
            .unwrap_or(ROWS)
            .clamp(1, MOST_ROWS)
    }

    /// The `filters` as JSON. Assumed: what is not JSON is ignored.
    pub(super) fn filters(&self) -> Option<Value> {
        serde_json::from_str(self.param("filters")?).ok()
    }

    /// Whether raw values are asked for, under the plain keys.
    pub(super) fn wants_raw(&self) -> bool {
        self.param("format") == Some("raw")
    }

    /// The object a request is about.
    pub(super) fn object(&self) -> Option<&str> {
        match &self.route {
            Route::Object(key) | Route::Records(key) | Route::Record(key, _) => Some(key),
            Route::View(path) => view::object(path),
            Route::Application(_)
            | Route::SignIn(_)
            | Route::Session
            | Route::Objects
            | Route::Unknown => None,
        }
    }

    /// What kind of request it is.
    pub(super) fn kind(&self) -> Kind {
        match self.route {
            Route::Records(_) if self.number("rows_per_page") == Some(1) => Kind::Count,
            Route::Records(_) => Kind::Page,
            Route::Record(..) => Kind::Record,
            Route::View(_) => Kind::View,
            Route::SignIn(_) | Route::Session => Kind::Session,
            Route::Application(_) | Route::Objects | Route::Object(_) | Route::Unknown => {
                Kind::Metadata
            }
        }
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.param(name)?.parse().ok()
    }
}
