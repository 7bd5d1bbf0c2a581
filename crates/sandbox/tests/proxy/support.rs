//! A proxy, a Supabase behind it, and how to ask them.

use reqwest::{Client, RequestBuilder, Response};
use sandbox::postgres::Cluster;
use sandbox::proxy::Proxy;
use sandbox::supabase::{Driver, Supabase, SupabaseOptions};
use serde_json::{Value, json};

/// Faults that forward nothing need nobody behind them.
pub(crate) fn alone() -> Proxy {
    sandbox::time_limit::watch();
    Proxy::start("http://127.0.0.1:9").unwrap()
}

pub(crate) async fn supabase(database: &str) -> Supabase {
    sandbox::time_limit::watch();
    let database = Cluster::shared()
        .await
        .unwrap()
        .database(database)
        .await
        .unwrap();
    Supabase::start(SupabaseOptions::new(Driver::Postgres {
        url: database.url().to_owned(),
    }))
    .await
    .unwrap()
}

pub(crate) fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_gzip().build().unwrap()
}

pub(crate) fn post(proxy: &Proxy, table: &str, body: &Value) -> RequestBuilder {
    client()
        .post(format!("{}/rest/v1/{table}", proxy.url()))
        .header("apikey", "sb_secret_x")
        .json(body)
}

pub(crate) async fn get(proxy: &Proxy, path: &str) -> reqwest::Result<Response> {
    client()
        .get(format!("{}/rest/v1/{path}", proxy.url()))
        .header("apikey", "sb_secret_x")
        .send()
        .await
}

pub(crate) fn schools(count: usize) -> Value {
    (0..count)
        .map(|number| json!({ "knack_id": format!("school-{number}"), "name": "Example School" }))
        .collect()
}
