//! An instance of its own for every test.

use std::time::Instant;

use reqwest::{Client, Method, RequestBuilder};
use sandbox::postgres::{Cluster, Database};
use sandbox::supabase::{Driver, EstablishmentSeed, Supabase, SupabaseOptions};
use serde_json::Value;

/// A school that a test may seed.
pub(crate) fn school() -> EstablishmentSeed {
    EstablishmentSeed {
        knack_id: "61680fc13a0bfd001e8ca3ca".to_owned(),
        name: "Example School".to_owned(),
        is_australian: Some(false),
        use_standard_year: None,
    }
}

/// An empty database of the shared cluster.
pub(crate) async fn database(name: &str) -> Database {
    sandbox::time_limit::watch();
    let begin = Instant::now();
    let cluster = Cluster::shared().await.unwrap();
    println!("cluster after {:?}", begin.elapsed());
    let begin = Instant::now();
    let database = cluster.database(name).await.unwrap();
    println!("database after {:?}", begin.elapsed());
    database
}

/// An instance on an empty database of the shared cluster.
pub(crate) async fn on_postgres(name: &str) -> Supabase {
    start(options(&database(name).await)).await
}

/// Instances on this database.
pub(crate) fn options(database: &Database) -> SupabaseOptions {
    SupabaseOptions::new(Driver::Postgres {
        url: database.url().to_owned(),
    })
}

/// Starts an instance and says how long that took.
pub(crate) async fn start(options: SupabaseOptions) -> Supabase {
    let begin = Instant::now();
    let supabase = Supabase::start(options).await.unwrap();
    println!("supabase after {:?}", begin.elapsed());
    supabase
}

/// A client that this process may build.
pub(crate) fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

/// A request with a key. `path` begins at the table.
pub(crate) fn request(
    supabase: &Supabase,
    method: Method,
    key: &str,
    path: &str,
) -> RequestBuilder {
    client()
        .request(method, format!("{}/rest/v1/{path}", supabase.url()))
        .header("apikey", key)
}

/// Reads with every right.
pub(crate) async fn read(supabase: &Supabase, path: &str) -> Value {
    let answer = request(supabase, Method::GET, supabase.secret_key(), path)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap()
}
