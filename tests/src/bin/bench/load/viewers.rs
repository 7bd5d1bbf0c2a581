//! Many who follow one run: what they cost the launcher, and how soon each of them sees an event.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use reqwest::{Client, Response};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::percentile::percentile;
use super::stub::Stub;
use crate::launcher::microseconds;
use crate::measure::Bench;

const VIEWERS: usize = 1_000;
/// Each may follow twenty runs.
const CALLERS: u8 = 50;
/// Viewers that connect at a time.
const AT_ONCE: usize = 50;

/// What they cost and got.
pub(super) struct Viewers {
    pub(super) growth_mb: f64,
    pub(super) p99_ms: f64,
    pub(super) told_the_end: f64,
}

pub(super) async fn of_one_run(bench: &Bench, program: &Path, school: &str) -> Result<Viewers> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let stub = Stub::that("tells twenty events once told")?;
    let tokens = NamedTempFile::new()?;
    std::fs::write(tokens.path(), lines()?)?;
    let path = tokens.path().display().to_string();
    let settings = [
        ("LAUNCHER_AUTH", "token"),
        ("LAUNCHER_TOKENS_FILE", path.as_str()),
    ];
    let launcher = stub.launcher(bench, program, &settings).await?;
    let request = launcher.post(school).bearer_auth(token(0));
    let accepted = request.header("Prefer", "respond-async").send().await?;
    let place = accepted
        .headers()
        .get("location")
        .context("the refresh was not accepted")?;
    let run = format!("{}{}/events", launcher.url, place.to_str()?);
    let before = launcher.resident_mb()?;

    let clients: Vec<Client> = (0..CALLERS).map(client).collect::<Result<_>>()?;
    let callers = (0..CALLERS).zip(&clients).cycle().take(VIEWERS);
    let connecting = callers.map(|(n, client)| connected(client.get(&run).bearer_auth(token(n))));
    let connecting = stream::iter(connecting).buffer_unordered(AT_ONCE);
    let streams: Vec<Result<Response>> = connecting.collect().await;
    let streams: Vec<Response> = streams.into_iter().collect::<Result<_>>()?;
    let connected = launcher.resident_mb()?;
    stub.may_go_on()?;
    let seen = join_all(streams.into_iter().map(watch)).await;
    let after = launcher.peak_mb()?;

    let seen: Vec<Seen> = seen.into_iter().collect::<Result<_>>()?;
    let mut times: Vec<f64> = seen
        .iter()
        .flat_map(|seen| seen.times_ms.iter().copied())
        .collect();
    ensure!(
        times.len() > VIEWERS,
        "the viewers saw {} events",
        times.len()
    );
    let told = seen.iter().filter(|seen| seen.is_told_the_end).count();
    Ok(Viewers {
        growth_mb: connected.max(after) - before,
        p99_ms: percentile(&mut times, 99),
        told_the_end: f64::from(u32::try_from(told)?),
    })
}

/// What one viewer saw.
#[derive(Default)]
struct Seen {
    times_ms: Vec<f64>,
    is_told_the_end: bool,
}

async fn connected(request: reqwest::RequestBuilder) -> Result<Response> {
    let response = request.send().await?;
    ensure!(response.status() == 200, "no stream: {}", response.status());
    Ok(response)
}

/// Reads a stream to its end.
async fn watch(mut stream: Response) -> Result<Seen> {
    let mut seen = Seen::default();
    while let Some(chunk) = stream.chunk().await? {
        let now = microseconds();
        let text = String::from_utf8_lossy(&chunk);
        for event in text.split("\n\n") {
            seen.is_told_the_end |= event.contains("event: end\n");
            if event.contains("event: progress\n") {
                let told = event.split_once(r#""done":"#).map(|(_, rest)| rest);
                let told = told.and_then(|rest| rest.split([',', '}']).next()?.parse::<u64>().ok());
                let took = told.map(|told| now.saturating_sub(told));
                let took = took.and_then(|took| u32::try_from(took).ok());
                seen.times_ms.extend(took.map(|took| f64::from(took) / 1e3));
            }
        }
    }
    Ok(seen)
}

/// One that asks from an address of its own.
fn client(n: u8) -> Result<Client> {
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 7, n + 1));
    Ok(Client::builder()
        .no_proxy()
        .local_address(address)
        .build()?)
}

fn token(n: u8) -> String {
    format!("vsr_bench{n}")
}

fn lines() -> Result<String> {
    let mut lines = String::new();
    for n in 0..CALLERS {
        for byte in Sha256::digest(token(n)) {
            write!(lines, "{byte:02x}")?;
        }
        writeln!(lines, " all caller {n}")?;
    }
    Ok(lines)
}
