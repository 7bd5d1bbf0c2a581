//! A simulator with a client, and the little these tests say over and over.

use std::time::Duration;

use jiff::civil::{Date, date};
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use sandbox::{
    data::{PUPILS, Pupil, School, Staff},
    knack::{Knack, Options, VIEW_KEY},
};
use serde_json::{Value, json};

pub(crate) const TODAY: Date = date(2026, 11, 23);
pub(crate) const SCHOOL: &str = "5f0000000000000000000001";

pub(crate) struct World {
    pub(crate) knack: Knack,
    pub(crate) client: Client,
}

impl World {
    pub(crate) fn start(options: Options) -> Self {
        sandbox::time_limit::watch();
        // Another test of this process may have been first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self {
            knack: Knack::start(options).unwrap(),
            client,
        }
    }

    /// A simulator of one school, without the limit to ten requests a second.
    pub(crate) fn of(pupils: impl IntoIterator<Item = Pupil>) -> Self {
        Self::start(Options {
            rate_limit: false,
            ..Options::new(TODAY, vec![school().with_pupils(pupils)])
        })
    }

    /// A simulator of one school and its staff, without that limit.
    pub(crate) fn of_staff(staff: impl IntoIterator<Item = Staff>) -> Self {
        Self::start(Options {
            rate_limit: false,
            staff: staff.into_iter().collect(),
            ..Options::new(TODAY, vec![school()])
        })
    }

    /// A simulator of one school with so many pupils, all completed on 1 September.
    pub(crate) fn with(pupils: u64) -> Self {
        Self::of((0..pupils).map(|n| Pupil::new(n).completed(date(2026, 9, 1))))
    }

    /// A request with the right headers; the path begins after `/v1`.
    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client
            .get(format!("{}{path}", self.knack.url()))
            .header("X-Knack-Application-Id", self.knack.app_id())
            .header("X-Knack-REST-API-Key", self.knack.api_key())
    }

    /// What a view shows to the user of this token.
    pub(crate) fn view(&self, view: &str, token: &str) -> RequestBuilder {
        let (scene, view) = view.split_once('/').unwrap();
        self.client
            .get(format!(
                "{}/pages/{scene}/views/{view}/records",
                self.knack.url()
            ))
            .header("X-Knack-Application-Id", self.knack.app_id())
            .header("X-Knack-REST-API-Key", VIEW_KEY)
            .header("Authorization", token)
    }

    /// A page of pupils.
    pub(crate) fn page(&self, query: &[(&str, &str)]) -> RequestBuilder {
        self.get(&format!("/objects/{PUPILS}/records")).query(query)
    }

    pub(crate) async fn answer(&self, query: &[(&str, &str)]) -> Value {
        self.page(query).send().await.unwrap().json().await.unwrap()
    }

    /// The ids of the pupils a filter leaves.
    pub(crate) async fn found(&self, filters: &Value) -> Vec<String> {
        ids(&self
            .answer(&[("rows_per_page", "1000"), ("filters", &filters.to_string())])
            .await)
    }
}

pub(crate) fn school() -> School {
    School::new(SCHOOL, "Alder Park School")
}

pub(crate) fn ids(answer: &Value) -> Vec<String> {
    let records = answer["records"].as_array().unwrap();
    records
        .iter()
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Total pages, current page, total records, records on the page.
pub(crate) fn envelope(answer: &Value) -> Value {
    json!([
        answer["total_pages"],
        answer["current_page"],
        answer["total_records"],
        ids(answer).len()
    ])
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}
