//! A refresh beside a flood: somebody shows the launcher of the same machine tokens that look like Knack's and that they made
//! up, another one each time, from many addresses.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sandbox::data::schools;
use sandbox::knack::{APP_ID, STAFF_VIEW, SUPER_USER_VIEW};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};

use crate::launcher::{Launcher, QUIET};
use crate::measure::{Bench, FEWEST_RUNS, FetchMode, is_settled, median};

/// Between two of fifty tokens a second.
const BETWEEN: Duration = Duration::from_millis(20);
const ADDRESSES: u8 = 50;
/// The first second of a flood, in which more is let through than later, comes before what is measured.
const RISING: Duration = Duration::from_secs(1);

/// The median of a refresh's time in the flood ÷ its time without, of refreshes that take turns: at most so many pairs, and
/// fewer where they hardly differ. The school is stored already.
pub(crate) async fn slowdown(
    bench: &Bench,
    program: &Path,
    school: &str,
    pairs: usize,
) -> Result<f64> {
    let settings = [
        ("LAUNCHER_AUTH", "knack-token"),
        ("KNACK_STAFF_VIEW", STAFF_VIEW),
        ("KNACK_SUPER_USER_VIEW", SUPER_USER_VIEW),
    ];
    let launcher = Launcher::start(bench, program, &settings).await?;
    let mut ratios = Vec::new();
    let mut first = 0;
    while ratios.len() < pairs.max(FEWEST_RUNS) && !is_settled(&ratios) {
        tokio::time::sleep(QUIET).await;
        let alone = bench.refresh(school, FetchMode::Wave).await?.wall;
        let flood = Flood::start(&launcher, first)?;
        tokio::time::sleep(RISING).await;
        let flooded = bench.refresh(school, FetchMode::Wave).await?.wall;
        first += flood.end().await?;
        ratios.push(flooded / alone);
    }
    Ok(median(ratios))
}

/// Tokens that come until this is ended.
struct Flood(JoinHandle<()>, tokio::sync::watch::Receiver<Sent>);

#[derive(Default)]
struct Sent {
    tokens: usize,
    refused: usize,
}

impl Flood {
    /// Its tokens are numbered from `first` on, so that none comes twice.
    fn start(launcher: &Launcher, first: usize) -> Result<Self> {
        let url = format!(
            "{}/api/sync/status?establishmentId={}",
            launcher.url,
            schools::TINY
        );
        let clients = (1..=ADDRESSES).map(|n| {
            let address = IpAddr::V4(Ipv4Addr::new(127, 9, 8, n));
            reqwest::Client::builder()
                .no_proxy()
                .local_address(address)
                .build()
        });
        let clients: Vec<reqwest::Client> = clients.collect::<reqwest::Result<_>>()?;
        let (told, sent) = tokio::sync::watch::channel(Sent::default());
        let sending = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(BETWEEN);
            let mut requests = JoinSet::new();
            for (token, client) in (first..).map(forged).zip(clients.iter().cycle()) {
                ticks.tick().await;
                requests.spawn(client.get(&url).bearer_auth(token).send());
                told.send_modify(|sent| sent.tokens += 1);
                while let Some(answer) = requests.try_join_next() {
                    let is_refused = answer.is_ok_and(|answer| {
                        answer.is_ok_and(|it| matches!(it.status().as_u16(), 401 | 503))
                    });
                    told.send_modify(|sent| sent.refused += usize::from(is_refused));
                }
            }
        });
        Ok(Self(sending, sent))
    }

    /// Returns how many tokens came.
    async fn end(self) -> Result<usize> {
        self.0.abort();
        let outcome = self.0.await;
        ensure!(outcome.is_err(), "the flood ended by itself");
        let sent = self.1.borrow();
        ensure!(
            sent.refused * 2 > sent.tokens,
            "only {} of {} forged tokens were answered",
            sent.refused,
            sent.tokens
        );
        Ok(sent.tokens)
    }
}

fn forged(number: usize) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let payload = json!({ "application_id": APP_ID, "user_id": "57af00000000000000000001" });
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    format!("{}.{}.{}", part(header), part(payload), part(json!(number)))
}
