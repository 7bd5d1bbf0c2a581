//! Reading server-sent events as they come.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;

/// Far more than a loaded machine needs, far less than the five minutes after which every stream ends.
const A_MOMENT: Duration = Duration::from_secs(20);

/// An open stream.
pub struct Events {
    response: Response,
    text: String,
}

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its data.
    pub data: Value,
}

impl Events {
    pub(crate) fn new(response: Response) -> Self {
        Self {
            response,
            text: String::new(),
        }
    }

    /// The answer's headers.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The next event; nothing once the stream has ended.
    ///
    /// # Panics
    /// If the stream breaks off.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (parse(block), rest.to_owned());
                self.text = rest;
                if event.is_some() {
                    return event;
                }
            }
            let chunk = self.response.chunk().await.expect("the stream is whole")?;
            self.text
                .push_str(std::str::from_utf8(&chunk).expect("events are text"));
        }
    }

    /// All events to the stream's end, which has to come within a moment: nothing that a test could wait for says that it
    /// does not come.
    ///
    /// # Panics
    /// If it does not.
    #[track_caller]
    pub fn rest_of_a_stream_that_ends(self, because: &str) -> impl Future<Output = Vec<Event>> {
        let place = std::panic::Location::caller();
        async move {
            let rest = tokio::time::timeout(A_MOMENT, self.rest()).await;
            rest.unwrap_or_else(|_| panic!("{place}: the stream goes on, although {because}"))
        }
    }

    /// All events to the stream's end.
    pub async fn rest(mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

/// Comments and `retry` alone are not events.
fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    Some(Event {
        id: field("id")?.to_owned(),
        name: field("event")?.to_owned(),
        data: serde_json::from_str(field("data")?).expect("data is JSON"),
    })
}
