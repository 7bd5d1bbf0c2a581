//! A client beside a server that answers at once.

use std::pin::pin;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// Answers every request on one connection after another with an empty page. Its address.
async fn serve_empty_pages() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            assert!(connection.read(&mut request).await.unwrap() > 0);
            let page = r#"{"total_pages":0,"total_records":0,"records":[]}"#;
            let length = page.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{page}"
            );
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url.parse().unwrap()
}

#[tokio::test]
async fn waiting_for_a_place_of_our_own_is_neither_knacks_slowness_nor_strain() {
    const LIMIT: Duration = Duration::from_millis(200);
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        base_url: serve_empty_pages().await,
        app_id: "app".to_owned(),
        api_key: "key".into(),
        timeout: LIMIT,
        max_in_flight: 2,
        budget: Budget::file(folder.path().join("knack.budget")),
    };
    drop(rustls::crypto::ring::default_provider().install_default()); // no client is built without one
    let client = KnackClient::new(reqwest::Client::new(), settings, Limits::BRIEF, |_| {});
    let filters = Filters::all([]);
    let list = ListRecords {
        object: "object_1",
        filters: &filters,
        sort_field: None,
        page: 1,
        rows_per_page: 1,
    };

    let places = client.bodies.acquire_many(3).await.unwrap();
    let mut asking = pin!(client.list::<Value>(&list));
    let too_soon = tokio::time::timeout(5 * LIMIT, &mut asking).await;
    assert!(too_soon.is_err(), "every place is taken: {too_soon:?}");
    drop(places);
    asking.await.unwrap();

    assert_eq!(client.usage().requests, 1);
    let both = async {
        (
            client.in_flight.enter().await,
            client.in_flight.enter().await,
        )
    };
    let both = tokio::time::timeout(LIMIT, both).await;
    assert!(both.is_ok(), "as many may be in flight as before");
}
