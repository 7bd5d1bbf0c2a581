//! Delivers messages: signed, several lines together where there are several, and tried again for some minutes.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use prometheus::IntCounterVec;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret;
use serde_json::json;
use sha2::Sha256;
use tokio::sync::mpsc::Receiver;
use uuid::Uuid;

use super::line::Line;
use super::said::Said;
use super::target::Target;
use crate::clock;

/// Where many schools fail, one message says so.
const GATHERED_FOR: Duration = Duration::from_secs(2);
/// Receivers accept a few thousand characters.
const MOST_LINES: usize = 20;
const TIMEOUT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 8;
const LONGEST_PAUSE: Duration = Duration::from_mins(2);
/// The HMAC-SHA256 of the body, as `sha256=` and hexadecimal digits, as GitHub and others send it.
const SIGNATURE: &str = "X-Signature-256";

/// The result of an attempt.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Sent,
    /// It may go better later.
    NotNow(Option<Duration>),
    /// It will never go better.
    Refused,
}

/// Delivers what comes, one message after the other.
pub(super) async fn all(
    target: Target,
    mut lines: Receiver<Line>,
    mut noted: Said,
    outcomes: IntCounterVec,
) {
    while let Some(first) = lines.recv().await {
        tokio::time::sleep(GATHERED_FOR).await;
        let mut gathered = vec![first];
        while gathered.len() < MOST_LINES
            && let Ok(line) = lines.try_recv()
        {
            gathered.push(line);
        }
        let texts: Vec<&str> = gathered.iter().map(|line| line.text.as_str()).collect();
        let is_sent = deliver(&target, &texts.join("\n")).await;
        if is_sent {
            let schools: Vec<Uuid> = gathered.into_iter().flat_map(|it| it.schools).collect();
            noted.note(&schools, clock::now());
        }
        let outcome = if is_sent { "sent" } else { "given_up" };
        outcomes.with_label_values(&[outcome]).inc();
    }
}

async fn deliver(target: &Target, text: &str) -> bool {
    let body = json!({ "text": text }).to_string();
    for attempt in 1..=ATTEMPTS {
        let pause = match send(target, &body).await {
            Outcome::Sent => return true,
            Outcome::Refused => break,
            Outcome::NotNow(asked) => pause(attempt, asked),
        };
        if attempt < ATTEMPTS {
            tokio::time::sleep(pause).await;
        }
    }
    tracing::error!("a notification could not be delivered to NOTIFY_URL");
    false
}

fn pause(attempt: u32, asked: Option<Duration>) -> Duration {
    let usual = Duration::from_secs(1 << attempt.min(10));
    asked.unwrap_or(usual).min(LONGEST_PAUSE)
}

async fn send(target: &Target, body: &str) -> Outcome {
    let mut request = target
        .http
        .post(target.url.clone())
        .header(CONTENT_TYPE, "application/json")
        .timeout(TIMEOUT)
        .body(body.to_owned());
    if let Some(secret) = &target.secret {
        let signature = signature(secret.expose_secret().as_bytes(), body.as_bytes());
        request = request.header(SIGNATURE, signature);
    }
    // An error of the client's names the address, so none is logged.
    let Ok(response) = request.send().await else {
        tracing::warn!("NOTIFY_URL cannot be reached");
        return Outcome::NotNow(None);
    };
    let status = response.status();
    let outcome = judged(status, transport::retry_after(response.headers()));
    if outcome != Outcome::Sent {
        tracing::warn!(
            status = status.as_u16(),
            "NOTIFY_URL does not take a message"
        );
    }
    outcome
}

fn judged(status: StatusCode, asked: Option<Duration>) -> Outcome {
    match status {
        status if status.is_success() => Outcome::Sent,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Outcome::NotNow(asked),
        status if status.is_server_error() => Outcome::NotNow(asked),
        // A redirect would send the message, and its signature, to a place that nobody has set.
        _ => Outcome::Refused,
    }
}

fn signature(secret: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key may have any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_rfc_4231_says() {
        assert_eq!(
            signature(b"Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn what_may_go_better_is_tried_again_and_no_redirect_is_followed() {
        let asked = Some(Duration::from_secs(7));
        for (status, expected) in [
            (200, Outcome::Sent),
            (204, Outcome::Sent),
            (429, Outcome::NotNow(asked)),
            (500, Outcome::NotNow(asked)),
            (503, Outcome::NotNow(asked)),
            (302, Outcome::Refused),
            (308, Outcome::Refused),
            (400, Outcome::Refused),
            (404, Outcome::Refused),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(judged(status, asked), expected, "{status}");
        }
    }

    #[test]
    fn pauses_grow_up_to_a_bound_and_follow_the_receiver() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (attempt, asked, expected) in [
            (1, None, 2),
            (4, None, 16),
            (8, None, 120),
            (1, seconds(30), 30),
            (1, seconds(86_400), 120),
        ] {
            assert_eq!(
                pause(attempt, asked).as_secs(),
                expected,
                "{attempt} {asked:?}"
            );
        }
    }
}
