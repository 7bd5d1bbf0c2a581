//! The server: the socket it listens on, the connections it takes, and the time it gives them.
//!
//! It is built from the parts of `actix_web::HttpServer`, so that every connection is a [`Connection`], which holds a seat and
//! does not wait for clients that do not read.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_server::{GracefulShutdownSignal, Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::App;
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpStream;

use super::connection::in_progress::mark_in_progress;
use super::connection::progress::Progress;
use super::connection::{Connection, Timeouts};
use super::cors::cors;
use super::request_log::log_request;
use super::routes::{Entrance, routes};
use super::state::AppState;
use crate::open_files::Room;

/// For the head of a request (its body has its own limit).
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECTION_SHUTDOWN: Duration = Duration::from_secs(2);
/// Longer than the minute for which nginx and the load balancers of clouds keep a connection that they may use again: whoever
/// sends requests should be the one to close, or a request may arrive at a connection that is being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// For requests being answered when the service ends, in seconds.
const ANSWER_SHUTDOWN: u64 = 3;
/// Connections that the system has accepted, but no worker yet.
const BACKLOG: i32 = 4_096;
/// Beyond this and the system's buffer (twice the size below), an answer is produced only as fast as it is read.
const WRITE_BUFFER: usize = 8 * 1_024;
const SYSTEM_BUFFER: usize = 64 * 1_024;

/// Where the server listens.
pub(crate) struct Addresses {
    pub(crate) main: SocketAddr,
    /// Of the metrics, if they have one of their own.
    pub(crate) metrics: Option<SocketAddr>,
}

/// Takes the addresses, and returns them beside the server, which serves once it is awaited.
pub(crate) fn listen(
    bind: SocketAddr,
    state: &Arc<AppState>,
    room: Room,
) -> io::Result<(Server, Addresses)> {
    let main = listener(bind)?;
    let metrics = state.config.metrics_bind.map(listener).transpose()?;
    let addresses = Addresses {
        main: main.local_addr()?,
        metrics: metrics.as_ref().map(TcpListener::local_addr).transpose()?,
    };
    // The seats decide which connections are served, so no worker may be full before they are.
    let most_of_one_worker = room.connections + room.closing;
    let builder = ServerBuilder::new()
        .workers(room.workers)
        .max_concurrent_connections(most_of_one_worker)
        .shutdown_timeout(ANSWER_SHUTDOWN)
        .disable_signals();
    let ending = builder.graceful_shutdown_signal();
    let serve = |entrance| {
        let (state, ending) = (Arc::clone(state), ending.clone());
        move || service(&state, &ending, entrance)
    };
    let mut builder = builder.listen("http", main, serve(Entrance::Main))?;
    if let Some(metrics) = metrics {
        builder = builder.listen("metrics", metrics, serve(Entrance::Metrics))?;
    }
    Ok((builder.run(), addresses))
}

fn listener(bind: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(bind), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    // Connections inherit it from the listening socket.
    socket.set_send_buffer_size(SYSTEM_BUFFER)?;
    socket.bind(&bind.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Serves an accepted connection: it takes a seat, then speaks HTTP.
fn service(
    state: &Arc<AppState>,
    ending: &GracefulShutdownSignal,
    entrance: Entrance,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
+ use<> {
    let app = App::new()
        .wrap(cors(&state.config))
        .wrap(from_fn(log_request))
        .wrap(from_fn(mark_in_progress))
        .configure(|app| routes(app, state, entrance))
        .into_factory()
        .map_err(|error: actix_web::Error| error.error_response());
    let ending = ending.clone();
    let http = HttpService::build()
        .graceful_shutdown_signal(move || {
            let ending = ending.clone();
            async move { ending.notified().await }
        })
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(CONNECTION_SHUTDOWN)
        .h1_write_buffer_size(WRITE_BUFFER)
        .on_connect_ext(|connection: &Connection, shared| {
            shared.insert::<Arc<Progress>>(Arc::clone(connection.seat().progress()));
        })
        .h1(map_config(app, |()| AppConfig::default()));
    let state = Arc::clone(state);
    fn_service(move |stream: TcpStream| std::future::ready(seated(&state, stream))).and_then(http)
}

/// A connection without a seat is closed without an answer.
fn seated(
    state: &AppState,
    stream: TcpStream,
) -> Result<(Connection, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr()?;
    let seat = state.seats.take(peer.ip());
    let seat = seat.ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionRefused))?;
    let timeouts = Timeouts {
        write: state.config.write_timeout,
        head: HEAD_TIMEOUT,
    };
    let connection = Connection::new(stream, seat, timeouts);
    Ok((connection, Some(peer)))
}
