//! Somebody who receives messages over HTTP, such as a chat's webhook, and answers as a test says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The path and query it was sent to.
    pub path: String,
    /// By name, in small letters.
    pub headers: HashMap<String, String>,
    /// The body as it is.
    pub body: String,
}

/// The signature of a body.
///
/// # Panics
/// Never: a key may have any length.
pub fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(body.as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", hex.concat())
}

/// Takes every message, until it is dropped.
pub struct Receiver {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Received>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Receiver {
    /// One that answers the first messages with these status lines and headers, such as `503 Service Unavailable`, and all others
    /// with 200.
    ///
    /// # Panics
    /// If there is no port.
    pub async fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("there are ports");
        let address = listener.local_addr().expect("it is bound");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut answers: Vec<String> = answers.iter().rev().map(ToString::to_string).collect();
        let kept = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let answer = answers.pop().unwrap_or_else(|| "200 OK".to_owned());
                if let Some(message) = receive(connection, &answer).await {
                    kept.lock().expect("nobody panics with it").push(message);
                }
            }
        });
        Self {
            address,
            seen,
            task,
        }
    }

    /// Where it listens.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The messages so far.
    pub fn seen(&self) -> Vec<Received> {
        self.seen.lock().expect("nobody panics with it").clone()
    }

    /// The texts of all messages so far.
    pub fn texts(&self) -> Vec<String> {
        let text = |message: &Received| {
            let body: Value = serde_json::from_str(&message.body).expect("it is JSON");
            body["text"].as_str().expect("it has a text").to_owned()
        };
        self.seen().iter().map(text).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(connection: TcpStream, answer: &str) -> Option<Received> {
    let mut connection = BufReader::new(connection);
    let mut line = String::new();
    connection.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.ok()?;
    let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    connection.write_all(answer.as_bytes()).await.ok()?;
    Some(Received {
        path,
        headers,
        body: String::from_utf8(body).ok()?,
    })
}
