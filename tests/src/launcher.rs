//! Running the real `sync-launcher`, and asking it.

use std::collections::HashMap;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use crate::binary::empty_folder;
use crate::{Answer, Events, Stage, program, until_asked};

/// Long enough for every run of a test.
const PATIENCE: Duration = Duration::from_mins(2);

/// A launcher that is about to start.
pub struct LauncherBuilder {
    command: Command,
    folder: TempDir,
}

/// A running launcher; it is killed when this is dropped.
pub struct Launcher {
    child: Child,
    url: String,
    log: Arc<Mutex<Vec<String>>>,
    http: reqwest::Client,
    /// By the address that they ask from.
    others: Mutex<HashMap<IpAddr, reqwest::Client>>,
    folder: TempDir,
}

/// The line of a tokens file for this token; `schools` is `all` or ids joined by commas.
pub fn token_line(token: &str, schools: &str, name: &str) -> String {
    let digest = Sha256::digest(token.as_bytes());
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} {schools} {name}\n", hex.concat())
}

impl Stage {
    /// A launcher in this world, which answers everybody on this machine unless set otherwise.
    pub fn launcher(&self) -> LauncherBuilder {
        self.launcher_at(&program("sync-launcher"))
    }

    /// The same for a copy of the launcher that lies elsewhere.
    pub fn launcher_at(&self, path: &Path) -> LauncherBuilder {
        let builder = LauncherBuilder::bare_at(path).env("LAUNCHER_AUTH", "none");
        self.environment()
            .into_iter()
            .fold(builder, |builder, (name, value)| builder.env(name, value))
    }
}

impl LauncherBuilder {
    /// Without settings, but for where to listen.
    fn bare_at(path: &Path) -> Self {
        let mut command = Command::new(path);
        command
            .env_clear()
            .env("LAUNCHER_BIND", "127.0.0.1:0")
            .current_dir(empty_folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self {
            command,
            folder: TempDir::new().expect("a folder can be made"),
        }
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Starts it in this working folder.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Adds an argument to its command line.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Starts another program in the place of the refresh.
    #[must_use]
    pub fn cli(self, path: &Path) -> Self {
        self.env("LAUNCHER_CLI", path)
    }

    /// Takes tokens, of which the file holds these lines; see [`token_line`].
    #[must_use]
    pub fn tokens(self, lines: &str) -> Self {
        let file = self.folder.path().join("tokens");
        std::fs::write(&file, lines).expect("the file can be written");
        self.env("LAUNCHER_AUTH", "token")
            .env("LAUNCHER_TOKENS_FILE", file)
    }

    /// Starts it and waits until it listens.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start(mut self) -> Launcher {
        // Fails only where another was first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut child = self.command.spawn().expect("the launcher starts");
        let stderr = child.stderr.take().expect("it is piped");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (listens, listening) = oneshot::channel();
        tokio::spawn(read_log(BufReader::new(stderr), Arc::clone(&log), listens));
        let address = tokio::time::timeout(PATIENCE, listening).await;
        let address = address.ok().and_then(Result::ok).unwrap_or_else(|| {
            let log = log.lock().expect("nobody panics with it");
            panic!("the launcher does not start: {log:?}")
        });
        Launcher {
            child,
            url: format!("http://{address}"),
            log,
            http: client(None),
            others: Mutex::default(),
            folder: self.folder,
        }
    }

    /// Starts it with its log sent to where it does not arrive, and waits until it answers.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start_unheard(mut self, log: impl Into<Stdio>) -> Launcher {
        drop(rustls::crypto::ring::default_provider().install_default());
        let address = free_address();
        self.command
            .env("LAUNCHER_BIND", address.to_string())
            .stderr(log);
        let mut launcher = Launcher {
            child: self.command.spawn().expect("the launcher starts"),
            url: format!("http://{address}"),
            log: Arc::default(),
            http: client(None),
            others: Mutex::default(),
            folder: self.folder,
        };
        let healthz = || launcher.http.get(format!("{}/healthz", launcher.url));
        let answers = until_asked("the launcher answers", async || {
            healthz().send().await.is_ok()
        });
        tokio::select! {
            () = answers => {}
            ended = launcher.child.wait() => panic!("the launcher ended before it answered: {ended:?}"),
        }
        launcher
    }

    /// Starts it after a shell has run `preparation` in its process, with its log in a file of its folder.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn start_after(mut self, preparation: &str) -> Launcher {
        let file = File::create(self.folder.path().join("log")).expect("a file can be made");
        let told = self.command.as_std();
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", &format!("{preparation} && exec \"$0\" \"$@\"")])
            .arg(told.get_program())
            .args(told.get_args())
            .env_clear()
            .envs(
                told.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(empty_folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        self.command = shell;
        self.start_unheard(file).await
    }

    /// Starts it where it is expected to refuse. Returns its exit code and what it said.
    ///
    /// # Panics
    /// If it cannot be started at all, or listens all the same.
    pub async fn refusal(mut self) -> (Option<i32>, String) {
        let mut child = self.command.spawn().expect("the launcher starts");
        let stderr = child.stderr.take().expect("it is piped");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (listens, listening) = oneshot::channel();
        let reading = read_log(BufReader::new(stderr), Arc::clone(&log), listens);
        let ending = async { tokio::join!(reading, child.wait()).1 };
        let ended = tokio::select! {
            // Dropped unsent where it does not listen.
            Ok(address) = listening => panic!("the launcher listens at {address}, and should have refused"),
            ended = tokio::time::timeout(PATIENCE, ending) => ended,
        };
        let status = ended.expect("it ends").expect("it can be waited for");
        let log = log.lock().expect("nobody panics with it");
        (status.code(), log.join("\n"))
    }
}

/// Shorter than the launcher waits for the first request of a connection, or for another one: a request that meets the end of
/// its connection would have to be repeated (RFC 9112, 9.3.1).
const IDLE: Duration = Duration::from_secs(3);

fn client(from: Option<IpAddr>) -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .pool_idle_timeout(IDLE)
        .no_proxy()
        .local_address(from)
        .build()
        .expect("a client can be made")
}

/// An address that nobody listens on: the system has just given it away and taken it back.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are ports");
    listener.local_addr().expect("it is bound")
}

async fn read_log(
    stderr: BufReader<impl tokio::io::AsyncRead + Unpin>,
    log: Arc<Mutex<Vec<String>>>,
    listens: oneshot::Sender<String>,
) {
    let mut listens = Some(listens);
    let mut lines = stderr.lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        if said["message"] == "listening"
            && let Some(listens) = listens.take()
        {
            let address = said["addresses"].as_str().unwrap_or_default().to_owned();
            // Whoever waited may be gone.
            drop(listens.send(address));
        }
        log.lock().expect("nobody panics with it").push(line);
    }
}

impl Launcher {
    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What asks it from an address of this machine.
    pub(crate) fn http_from(&self, address: IpAddr) -> reqwest::Client {
        if address == Ipv4Addr::LOCALHOST {
            return self.http.clone();
        }
        let mut others = self.others.lock().expect("nobody panics with it");
        let other = others.entry(address);
        other.or_insert_with(|| client(Some(address))).clone()
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        let id = self.child.id().expect("it has not been waited for");
        id.try_into().expect("process ids are small")
    }

    /// The lines of its log so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().expect("nobody panics with it").clone()
    }

    /// Begins a request.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.expect("the launcher answers");
        Answer::read(response).await
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// A request for a refresh, not sent yet.
    pub fn refresh_request(&self, establishment: &str) -> RequestBuilder {
        self.request(Method::POST, "/api/sync/refresh-establishment")
            .json(&json!({ "establishmentId": establishment }))
    }

    /// Refreshes a school and waits for it.
    pub async fn refresh(&self, establishment: &str) -> Answer {
        self.send(self.refresh_request(establishment)).await
    }

    /// Starts a refresh; returns the run's path.
    ///
    /// # Panics
    /// If it is not accepted.
    pub async fn start_refresh(&self, establishment: &str) -> String {
        let request = self.refresh_request(establishment);
        let answer = self.send(request.header("Prefer", "respond-async")).await;
        answer.expect_status(202);
        answer.header("location").expect("a place").to_owned()
    }

    /// Follows a run.
    pub async fn events(&self, run: &str) -> Events {
        self.events_after(run, None).await
    }

    /// Follows a run from where another stream ended.
    ///
    /// # Panics
    /// If there is no stream.
    pub async fn events_after(&self, run: &str, last: Option<&str>) -> Events {
        let mut request = self.request(Method::GET, &format!("{run}/events"));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.expect("the launcher answers");
        assert_eq!(response.status(), 200);
        Events::new(response)
    }

    /// Asks for a run until it has reached one of these states; returns it then.
    ///
    /// # Panics
    /// If that takes very long.
    pub async fn run_in_state(&self, run: &str, states: &[&str]) -> Value {
        let mut events = self.events(run).await;
        while let Some(event) = events.next().await {
            if states.iter().any(|state| event.data["state"] == *state) {
                return event.data;
            }
        }
        panic!(
            "{run} never was in {states:?}: {}",
            self.get(run).await.text
        )
    }

    /// Puts other lines into its file of tokens and has it read them.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn replace_tokens(&self, lines: &str) {
        std::fs::write(self.folder.path().join("tokens"), lines).expect("the file can be written");
        self.signal(Signal::SIGHUP);
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// If it is gone.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).expect("it is ours");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If that takes very long.
    pub async fn end(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.expect("it ends").expect("it can be waited for")
    }
}
