//! An HTTP server on a thread of its own, which listens on this machine alone and stops when it is dropped.

use std::{
    any::Any,
    net::{Ipv4Addr, SocketAddr},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::{Extensions, ServerHandle},
    http::header::{DATE, HeaderValue},
    rt::{System, net::TcpStream},
    web::{PayloadConfig, ServiceConfig},
};
use anyhow::{Context as _, Result};
use socket2::{SockRef, Socket};

const LARGEST_BODY: usize = 256 * 1024 * 1024;

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server and returns when it listens; port 0 is any that is free. `configure` is called for each of its
    /// two workers.
    pub(crate) fn start(
        name: &str,
        port: u16,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Result<Self> {
        let (started, starting) = mpsc::channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                System::new().block_on(async move {
                    match bind(port, configure) {
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
            .context("the thread ended before it listened")
            .flatten()
            .with_context(|| format!("cannot start the server of {name}"))?;
        Ok(Self {
            address,
            handle,
            thread: Some(thread),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
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
    port: u16,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Result<(SocketAddr, actix_web::dev::Server)> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(PayloadConfig::new(LARGEST_BODY))
            .configure(configure.clone())
    })
    .on_connect(keep_socket)
    .workers(2)
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(0)
    .disable_signals()
    .bind((Ipv4Addr::LOCALHOST, port))
    .with_context(|| format!("cannot listen on port {port}"))?;
    let address = *server.addrs().first().context("it listens nowhere")?;
    Ok((address, server.run()))
}

/// The socket a request came by, kept so that it can be reset.
struct Connection(Socket);

fn keep_socket(connection: &dyn Any, extensions: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<TcpStream>() {
        let socket = SockRef::from(stream);
        drop(socket.set_tcp_nodelay(true)); // only makes it slower, where it cannot be set
        if let Ok(socket) = socket.try_clone() {
            extensions.insert(Connection(socket));
        }
    }
}

/// An answer with this `Date` header, in the place of the time at which it is sent. What a header cannot contain is left out.
pub(crate) fn dated(mut answer: HttpResponse, date: &str) -> HttpResponse {
    if let Ok(date) = HeaderValue::from_str(date) {
        answer.headers_mut().insert(DATE, date);
    }
    answer
}

/// Makes the end of this request's connection a reset. Where that cannot be set, the client sees a plain close.
pub(crate) fn reset_at_close(request: &HttpRequest) {
    if let Some(Connection(socket)) = request.conn_data() {
        drop(socket.set_linger(Some(Duration::ZERO)));
    }
}
