//! Asking the launcher as somebody: with the headers that say who, and from an address.

use std::net::IpAddr;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{Answer, Events, Launcher, until};

/// A client of a launcher.
pub struct Asker<'a> {
    launcher: &'a Launcher,
    http: reqwest::Client,
    headers: HeaderMap,
}

impl Launcher {
    /// Somebody who does not say who they are.
    pub fn nobody(&self) -> Asker<'_> {
        self.from_address([127, 0, 0, 1])
    }

    /// The same from another address of this machine.
    pub fn from_address(&self, address: impl Into<IpAddr>) -> Asker<'_> {
        Asker {
            launcher: self,
            http: self.http_from(address.into()),
            headers: HeaderMap::new(),
        }
    }

    /// Somebody with a token, of this launcher's or of Knack. Who brings another comes from another address.
    pub fn with_token(&self, token: &str) -> Asker<'_> {
        let digest = Sha256::digest(token.as_bytes());
        self.from_address([127, 1, digest[0], digest[1].clamp(1, 254)])
            .bearer(token)
    }

    /// All of the log up to now, as one text.
    pub async fn whole_log(&self) -> String {
        const LAST: &str = r#""route":"/openapi.json""#;
        let count = |log: &[String]| log.iter().filter(|line| line.contains(LAST)).count();
        let before = count(&self.log());
        self.get("/openapi.json").await.expect_status(200);
        until("the last request stands in the log", || {
            count(&self.log()) > before
        })
        .await;
        self.log().join("\n")
    }

    /// How many refreshes were started up to now.
    pub async fn started(&self) -> usize {
        self.whole_log().await.matches("a run starts").count()
    }
}

impl Asker<'_> {
    /// Brings a token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), format!("Bearer {token}"))
    }

    /// Sends one more header with every request, beside those of the same name.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a header's value");
        self.headers.append(name, value);
        self
    }

    /// Begins a request.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.launcher.url()))
            .headers(self.headers.clone())
    }

    fn refresh_request(&self, establishment: &str) -> RequestBuilder {
        self.request(Method::POST, "/api/sync/refresh-establishment")
            .json(&json!({ "establishmentId": establishment }))
    }

    /// Sends a request that was begun here.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.launcher.send(request).await
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.launcher.send(self.request(Method::GET, path)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.launcher.send(self.request(Method::DELETE, path)).await
    }

    /// Asks for a refresh and does not wait for its end.
    pub async fn start_refresh(&self, establishment: &str) -> Answer {
        let request = self.refresh_request(establishment);
        self.send(request.header("Prefer", "respond-async")).await
    }

    /// Asks for a refresh and waits for its end.
    pub async fn refresh(&self, establishment: &str) -> Answer {
        self.send(self.refresh_request(establishment)).await
    }

    /// Follows a run.
    ///
    /// # Errors
    /// What was answered in the place of a stream.
    pub async fn follow(&self, run: &str) -> Result<Events, Answer> {
        let request = self.request(Method::GET, &format!("{run}/events"));
        let response = request.send().await.expect("the launcher answers");
        if response.status() == 200 {
            Ok(Events::new(response))
        } else {
            Err(Answer::read(response).await)
        }
    }

    /// Waits until the process of a run has started.
    ///
    /// # Panics
    /// If the run may not be followed, or ends.
    pub async fn start_of(&self, run: &str) {
        let mut events = self.follow_surely(run).await;
        loop {
            let event = events.next().await.expect("it does not end");
            if event.data["state"] == "running" {
                break;
            }
        }
    }

    /// Waits for the end of a run.
    ///
    /// # Panics
    /// If it may not be followed.
    pub async fn end_of(&self, run: &str) {
        let events = self.follow_surely(run).await;
        let last = events.rest().await.pop().expect("a run ends");
        assert_eq!(last.name, "end");
    }

    async fn follow_surely(&self, run: &str) -> Events {
        let events = self.follow(run).await;
        events.unwrap_or_else(|answer| panic!("{}", answer.text))
    }
}
