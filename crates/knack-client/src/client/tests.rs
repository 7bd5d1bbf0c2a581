//! A client beside a server that answers at once.

use std::path::Path;
use std::pin::pin;
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;

/// Answers every request on one connection after another with an empty page. Its port, and the requests.
async fn serve_empty_pages() -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let length = connection.read(&mut request).await.unwrap();
            assert!(length > 0);
            drop(seen.send(String::from_utf8_lossy(&request[..length]).into_owned()));
            let page = r#"{"total_pages":0,"total_records":0,"records":[]}"#;
            let length = page.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{page}"
            );
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (port, requests)
}

fn client_of(http: reqwest::Client, base_url: &str, timeout: Duration, file: &Path) -> KnackClient {
    let settings = Settings {
        base_url: base_url.parse().unwrap(),
        app_id: "app".to_owned(),
        api_key: "key".into(),
        timeout,
        max_in_flight: 2,
        budget: Budget::file(file),
    };
    KnackClient::new(http, settings, Limits::BRIEF, |_| {})
}

fn one_page(filters: &Filters) -> ListRecords<'_> {
    ListRecords {
        object: "object_1",
        filters,
        sort_field: None,
        page: 1,
        rows_per_page: 1,
    }
}

/// Finds this machine under any name, and takes its time.
struct SlowNames(Duration);

impl Resolve for SlowNames {
    fn resolve(&self, _: Name) -> Resolving {
        let delay = self.0;
        Box::pin(async move {
            tokio::time::sleep(delay).await;
            let addresses: Addrs = Box::new(std::iter::once(([127, 0, 0, 1], 0).into()));
            Ok(addresses)
        })
    }
}

#[tokio::test]
async fn a_request_is_counted_when_it_leaves_and_not_while_its_connection_is_made() {
    const DELAY: Duration = Duration::from_millis(700);
    drop(rustls::crypto::ring::default_provider().install_default()); // no client is built without one
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("knack.budget");
    let (port, mut requests) = serve_empty_pages().await;
    let http = reqwest::Client::builder().dns_resolver(Arc::new(SlowNames(DELAY)));
    let http = http.no_proxy().build().unwrap();
    let url = format!("http://knack.example:{port}/v1");
    let client = client_of(http, &url, Duration::from_mins(1), &file);
    let filters = Filters::all([]);

    let begun = wall_clock();
    client.list::<Value>(&one_page(&filters)).await.unwrap();

    let bytes = std::fs::read(&file).unwrap();
    let (starts, _) = bytes.as_chunks::<8>();
    let last = starts[..crate::STARTS]
        .iter()
        .map(|it| u64::from_le_bytes(*it));
    let last = UNIX_EPOCH + Duration::from_millis(last.max().unwrap());
    let after = last.duration_since(begun).unwrap();
    assert!(after + Duration::from_millis(1) >= DELAY, "{after:?}");
    // And what goes over the wire is an ordinary GET.
    let sent = requests.recv().await.unwrap().to_lowercase();
    assert!(
        sent.starts_with("get ") && !sent.contains("content-length"),
        "{sent}"
    );
    assert!(!sent.contains("transfer-encoding"), "{sent}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the budget's file holds the same clock's times"
)]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}

#[tokio::test]
async fn waiting_for_a_place_of_our_own_is_neither_knacks_slowness_nor_strain() {
    const LIMIT: Duration = Duration::from_millis(200);
    let folder = tempfile::tempdir().unwrap();
    drop(rustls::crypto::ring::default_provider().install_default()); // no client is built without one
    let (port, _requests) = serve_empty_pages().await;
    let url = format!("http://127.0.0.1:{port}/v1");
    let file = folder.path().join("knack.budget");
    let client = client_of(reqwest::Client::new(), &url, LIMIT, &file);
    let filters = Filters::all([]);
    let list = one_page(&filters);

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
