//! Requests that no HTTP client would send, byte for byte.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Answer, Launcher};

const PATIENCE: Duration = Duration::from_mins(1);

impl Launcher {
    /// Sends these bytes and no more, and waits for what comes back; nothing if the connection is closed without an answer.
    ///
    /// # Panics
    /// If it is neither answered nor closed, or what comes back is not HTTP.
    pub async fn send_bytes(&self, request: &[u8]) -> Option<Answer> {
        let address = self.url().trim_start_matches("http://");
        let stream = TcpStream::connect(address).await.expect("it listens");
        let (mut read, mut write) = stream.into_split();
        // An answer may come, and the connection end, before all is sent. The connection stays open to the answer's end.
        let sending = async {
            let sent = write.write_all(request).await;
            drop(sent);
            std::future::pending::<()>().await;
        };
        let reading = async {
            let mut bytes = Vec::new();
            let mut part = [0; 1_024];
            loop {
                if let Some(answer) = parse(&bytes) {
                    return Some(answer);
                }
                match read.read(&mut part).await {
                    Ok(0) | Err(_) => return None,
                    Ok(length) => bytes.extend_from_slice(&part[..length]),
                }
            }
        };
        let exchange = async {
            tokio::select! {
                answer = reading => answer,
                () = sending => unreachable!("it never ends"),
            }
        };
        let answered = tokio::time::timeout(PATIENCE, exchange).await;
        answered.expect("it is answered or closed")
    }
}

/// The answer, if all of it is there.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status_line = lines.next()?;
    let status = status_line.split(' ').nth(1).and_then(|it| it.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no status: {status_line}"));
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let name: HeaderName = name.parse().expect("a header's name");
        let value = HeaderValue::from_str(value.trim()).expect("a header's value");
        headers.append(name, value);
    }
    let length = headers.get("content-length")?.to_str().ok()?;
    let length: usize = length.parse().expect("a length");
    if body.len() < length {
        return None;
    }
    Some(Answer {
        status,
        headers,
        text: body.to_owned(),
        body: serde_json::from_str(body).unwrap_or_default(),
    })
}
