//! Supabase Lite on both drivers, over real HTTP.

use std::time::Instant;

use reqwest::StatusCode;
use sandbox::postgres::Cluster;
use sandbox::supabase::{Driver, Supabase, SupabaseOptions};

#[tokio::test]
async fn postgres_driver_starts_and_answers() {
    let begin = Instant::now();
    let cluster = Cluster::shared().await.unwrap();
    println!("cluster: {:?}", begin.elapsed());
    let begin = Instant::now();
    let database = cluster.database("answers").await.unwrap();
    println!("database: {:?}", begin.elapsed());
    let begin = Instant::now();
    let supabase = Supabase::start(SupabaseOptions::new(Driver::Postgres {
        url: database.url().to_owned(),
    }))
    .await
    .unwrap();
    println!("supabase: {:?}", begin.elapsed());
    let answer = reqwest::get(format!("{}/rest/v1/students", supabase.url()))
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let begin = Instant::now();
    drop(supabase);
    println!("end: {:?}", begin.elapsed());
}

#[tokio::test]
async fn embedded_driver_starts_and_answers() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let begin = Instant::now();
        let supabase = Supabase::start(SupabaseOptions::new(Driver::Embedded {
            data: folder.path().to_owned(),
        }))
        .await
        .unwrap();
        println!("embedded: {:?}", begin.elapsed());
        drop(supabase);
    }
}
