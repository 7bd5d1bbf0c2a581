//! The launcher among thousands of connections: what it keeps in memory for readers, and for those who ask and never read, and
//! how long somebody else waits for an answer meanwhile.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream as Blocking};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::launcher::Launcher;
use crate::measure::{Bench, median};

const CONNECTIONS: u8 = 100;
const ROUNDS: u8 = 40;
/// Files that this program opens beside its connections.
const OTHER_FILES: u64 = 500;
/// Connections that are being opened at a time, so that the system's queue holds them.
const AT_ONCE: usize = 200;
const BETWEEN_ASKS: Duration = Duration::from_millis(50);
/// So long somebody asks while those who do not read are there.
const ASKED_FOR: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(1);
/// A reader's system takes no more than this in its place.
const SMALL_BUFFER: u32 = 4_096;

const READ: &[u8] = b"GET /page.js HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n";
/// Not compressed, it is more than any system takes in the reader's place.
const NEVER_READ: &[u8] = b"GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What a crowd costs.
pub(crate) struct Crowd {
    pub(crate) peak_mb: f64,
    pub(crate) median_ms: f64,
    pub(crate) worst_ms: f64,
}

/// Measures it with a crowd from so many addresses; the client that asks meanwhile has the first of them.
pub(crate) async fn crowd(bench: &Bench, program: &Path, addresses: u8) -> Result<Crowd> {
    let all = u64::from(ROUNDS) * u64::from(CONNECTIONS);
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    ensure!(
        most >= 2 * all + OTHER_FILES,
        "8,000 connections need more open files: raise the limit (ulimit -Hn), which is {most}"
    );
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let launcher = Launcher::start(bench, program, &[("LAUNCHER_AUTH", "none")]).await?;
    let address = launcher.address()?;
    let is_over = Arc::new(AtomicBool::new(false));
    let asking = thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || asks(address, &is_over)
    });
    let mut readers = connected(address, addresses, false).await?;
    let answers = join_all(readers.iter_mut().map(read)).await;
    let all_read = answers.into_iter().filter(|it| *it).count();
    let mut others = connected(address, addresses, true).await?;
    // Whoever was closed to make room for others cannot ask.
    drop(join_all(others.iter_mut().map(|it| it.write_all(NEVER_READ))).await);
    tokio::time::sleep(ASKED_FOR).await;
    is_over.store(true, Ordering::Relaxed);
    let asking = tokio::task::spawn_blocking(|| asking.join()).await?;
    let times = asking.map_err(|_| anyhow!("asking failed"))??;
    // An address has a quarter of all.
    let least = if addresses > 4 { all } else { all / 4 } - 1;
    ensure!(
        all_read as u64 >= least,
        "only {all_read} of the readers were answered"
    );
    Ok(Crowd {
        peak_mb: launcher.peak_mb()?,
        worst_ms: times.iter().copied().fold(0.0, f64::max),
        median_ms: median(times),
    })
}

/// 4,000 connections, all open before anything is asked.
async fn connected(to: SocketAddr, addresses: u8, is_small: bool) -> Result<Vec<TcpStream>> {
    let sources = (0..ROUNDS).flat_map(|round| {
        let source = Ipv4Addr::new(127, 0, 0, 1 + round % addresses);
        (0..CONNECTIONS).map(move |_| source)
    });
    let connecting = sources.map(|source| async move {
        let socket = TcpSocket::new_v4()?;
        if is_small {
            socket.set_recv_buffer_size(SMALL_BUFFER)?;
        }
        socket.bind((source, 0).into())?;
        Ok(socket.connect(to).await?)
    });
    let connected = stream::iter(connecting).buffer_unordered(AT_ONCE);
    let connected: Vec<Result<TcpStream>> = connected.collect().await;
    connected.into_iter().collect()
}

/// Asks for the page's code and reads all of it. False if the connection is closed before.
async fn read(connection: &mut TcpStream) -> bool {
    let reading = async {
        connection.write_all(READ).await?;
        let mut bytes = Vec::new();
        while !is_complete(&bytes) {
            if connection.read_buf(&mut bytes).await? == 0 {
                return Ok(false);
            }
        }
        Ok::<_, std::io::Error>(true)
    };
    let read = tokio::time::timeout(PATIENCE, reading).await;
    read.is_ok_and(|read| read.unwrap_or(false))
}

fn is_complete(answer: &[u8]) -> bool {
    let end = answer
        .windows(4)
        .take(4_096)
        .position(|it| it == b"\r\n\r\n");
    let Some(end) = end else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: Option<usize> = length.and_then(|length| length.parse().ok());
    length.is_some_and(|length| answer.len() >= end + 4 + length)
}

/// A client that asks for `/healthz` again and again, on a connection of its own each time; how many milliseconds each took.
/// Where there is no answer it asks again at once, and that counts.
fn asks(address: SocketAddr, is_over: &AtomicBool) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let started = Instant::now();
        while ask(address).is_err() {
            ensure!(started.elapsed() < PATIENCE, "nobody answers any more");
        }
        times.push(started.elapsed().as_secs_f64() * 1e3);
        thread::sleep(BETWEEN_ASKS);
    }
    Ok(times)
}

fn ask(address: SocketAddr) -> Result<()> {
    let mut connection = Blocking::connect_timeout(&address, PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "no answer");
    Ok(())
}
