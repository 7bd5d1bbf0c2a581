//! The thread the simulator runs on, the state its requests share, and which handler a path belongs to.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    web::{self, Bytes, Data},
};
use anyhow::Context as _;
use jiff::civil::Date;

use super::{
    Options, answer, body, call::Call, control, fault::Faults, latency::Clock, limits::Limits,
    log::Log, session::Sessions, store::Store,
};

/// What all requests share.
#[derive(Debug)]
pub(super) struct Simulator {
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    limits: Mutex<Limits>,
    sessions: Mutex<Sessions>,
    log: Arc<Log>,
    pub(super) clock: Clock,
    pub(super) today: Date,
}

impl Simulator {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            store: Mutex::new(Store::new(&options.schools, &options.staff)),
            faults: Mutex::default(),
            limits: Mutex::new(Limits::new(options.rate_limit, options.daily_limit)),
            sessions: Mutex::default(),
            log: Arc::new(Log::start()),
            clock: Clock::new(options.latency),
            today: options.today,
        }
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self) -> &Arc<Log> {
        &self.log
    }
}

/// The running server.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(simulator: Arc<Simulator>, port: u16) -> anyhow::Result<Self> {
        let (started, starting) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("knack".to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    match bind(simulator, port) {
                        Ok((address, server)) => {
                            // Nobody waiting for the address means that nobody holds the handle either.
                            if started.send(Ok((address, server.handle()))).is_ok() {
                                drop(server.await);
                            }
                        }
                        Err(error) => drop(started.send(Err(error))),
                    }
                });
            })?;
        let (address, handle) = starting
            .recv()
            .context("the simulator's thread ended before it listened")??;
        Ok(Self {
            address,
            handle,
            thread: Some(thread),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The command is sent at once; the future only waits for its end, as joining the thread does.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn bind(
    simulator: Arc<Simulator>,
    port: u16,
) -> anyhow::Result<(SocketAddr, actix_web::dev::Server)> {
    let simulator = Data::from(simulator);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::clone(&simulator))
            .app_data(web::PayloadConfig::new(64 * 1024 * 1024))
            .default_service(web::to(serve))
    })
    .on_connect(body::keep_socket)
    .workers(2)
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(0)
    .disable_signals()
    .bind((Ipv4Addr::LOCALHOST, port))
    .with_context(|| format!("cannot listen on port {port}"))?;
    let address = *server
        .addrs()
        .first()
        .context("the simulator listens nowhere")?;
    Ok((address, server.run()))
}

/// Every request comes through here: paths are told apart by hand, since Knack takes them with and without a last slash.
async fn serve(request: HttpRequest, payload: Bytes, simulator: Data<Simulator>) -> HttpResponse {
    if let Some(path) = request.path().strip_prefix("/_sandbox/") {
        return control::answer(request.method(), path, &payload, &simulator);
    }
    let call = Call::of(&request);
    let entry = simulator.log().enter(&request, &call);
    let response = answer::answer(&request, &call, &payload, &simulator).await;
    entry.answered(response.status().as_u16());
    response
}
