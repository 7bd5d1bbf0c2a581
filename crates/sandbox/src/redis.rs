//! A private, throw-away Redis: the real server, on a port of its own.
//!
//! It keeps nothing on disk but its log, in a folder that goes with it: it must never hold anything that is wanted later.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::process::{self, Process, Program};
use crate::time_limit;

const PROGRAM: &str = "redis-server";
const START_LIMIT: Duration = Duration::from_secs(30);
const START_ATTEMPTS: u32 = 3;
/// For one question while it starts.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// For a signal to have had its effect.
const SIGNAL_LIMIT: Duration = Duration::from_secs(5);

/// A running server. Dropping it ends the server, paused or not, and removes its folder.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    server: Pid,
    _process: Process,
}

impl Redis {
    /// Starts a new, empty server.
    pub async fn start() -> Result<Self> {
        time_limit::watch();
        find_program()?;
        let mut attempt = 1;
        loop {
            match Self::start_at(process::free_port()?).await {
                Err(error) if process::port_was_taken(&error) && attempt < START_ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// Kills the server and starts an empty one at the same address.
    pub async fn restart_empty(self) -> Result<Self> {
        let port = self.port;
        drop(self);
        Self::start_at(port).await
    }

    /// Its first database, as `REDIS_URL` wants it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Freezes the server: connections open, questions stay unanswered. Returns once it is frozen.
    pub fn pause(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP, |state| state == 'T')
    }

    /// Lets a frozen server continue: it answers what it was asked meanwhile. Nothing happens to one that is not frozen.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::SIGCONT, |state| state != 'T')
    }

    async fn start_at(port: u16) -> Result<Self> {
        let folder = process::private_folder("redis", None)?;
        let pid_file = folder.join("pid");
        let mut command = Command::new(PROGRAM);
        command
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .arg("--dir")
            .arg(&folder)
            .arg("--pidfile")
            .arg(&pid_file)
            .current_dir(&folder);
        let mut process = Process::start(&Program {
            command,
            signal: "KILL", // it has nothing to save, and a frozen server heeds no other
            log: folder.join("output.log"),
            folder: Some(folder),
            lock: None,
            user: None,
        })?;
        process
            .ready(START_LIMIT, async || is_ours(port, &pid_file).await)
            .await?;
        let server = written_pid(&pid_file).context("the server has not written its id")?;
        Ok(Self {
            port,
            server: Pid::from_raw(server),
            _process: process,
        })
    }

    /// Sends a signal and waits until the server's state, as the system reports it, is as it should be.
    fn signal(&self, signal: Signal, is_done: impl Fn(char) -> bool) -> Result<()> {
        kill(self.server, signal).with_context(|| format!("cannot send {signal} to Redis"))?;
        let deadline = Instant::now() + SIGNAL_LIMIT;
        while !is_done(state(self.server)?) {
            if Instant::now() > deadline {
                bail!("Redis took no notice of {signal} within {SIGNAL_LIMIT:?}");
            }
            std::thread::sleep(Duration::from_millis(1)); // before looking again
        }
        Ok(())
    }
}

/// Whether a server answers there, and is ours, not another that took the port before it.
async fn is_ours(port: u16, pid_file: &Path) -> bool {
    let answer = timeout(ANSWER_LIMIT, about_itself(port)).await;
    let (Some(pid), Ok(Ok(answer))) = (written_pid(pid_file), answer) else {
        return false;
    };
    String::from_utf8_lossy(&answer).contains(&format!("\r\nprocess_id:{pid}\r\n"))
}

/// What a server says of itself; this, like a `PING`, it answers once it serves.
async fn about_itself(port: u16) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"INFO server\r\n").await?;
    let mut answer = vec![0; 4096]; // several times what it says, which comes in one piece
    let length = stream.read(&mut answer).await?;
    answer.truncate(length);
    Ok(answer)
}

fn written_pid(file: &Path) -> Option<i32> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The state of a process, as the third field of `/proc/{pid}/stat` has it; the second may hold anything in brackets.
fn state(process: Pid) -> Result<char> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("Redis has ended")?;
    stat.rsplit_once(") ")
        .and_then(|(_, fields)| fields.chars().next())
        .context("the system reports nothing about Redis")
}

fn find_program() -> Result<()> {
    match Command::new(PROGRAM).arg("--version").output() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("{PROGRAM} is not installed: run scripts/setup")
        }
        Err(error) => Err(error).context("cannot run redis-server"),
    }
}
