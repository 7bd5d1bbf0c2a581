//! Connections that do nothing, and readers who do not read, keep nobody out and cost little.

mod readers;
mod seats;

use std::net::Ipv4Addr;

use e2e::{Launcher, until_asked};

/// Whoever looks at the figures has an address of their own, and so is in nobody's way.
const OBSERVER: Ipv4Addr = Ipv4Addr::new(127, 0, 9, 9);

/// A figure of the launcher's, as `/metrics` gives it.
async fn metric(launcher: &Launcher, name: &str) -> usize {
    let mut connection = launcher.connect_from(OBSERVER).await;
    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(connection.send(request).await);
    let mut text = String::new();
    while let Some(part) = connection.read(4_096).await {
        text.push_str(&part);
    }
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.unwrap_or_else(|| panic!("no {name}: {text}"));
    value.parse().expect("a number")
}

/// Waits until so many connections have been closed for others: until then some of those others may not be in yet.
async fn until_evicted(launcher: &Launcher, count: usize) {
    until_asked("others have gone for those who came", async || {
        metric(launcher, "http_connections_evicted_total").await >= count
    })
    .await;
}
