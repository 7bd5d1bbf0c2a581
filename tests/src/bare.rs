//! Connections that are held by hand: from which address they come, what is sent, and whether anything is read.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpSocket, TcpStream};

use crate::Launcher;

const PATIENCE: Duration = Duration::from_mins(1);
/// So that little of an answer is taken by the system in the place of a reader.
const SMALL_BUFFER: u32 = 4_096;
/// With the segments of this machine's own, the system would keep megabytes of an answer.
const SHORT_SEGMENT: u32 = 536;

/// A connection to a launcher.
pub struct Bare(TcpStream);

impl Launcher {
    /// A connection from this machine's usual address.
    pub async fn connect(&self) -> Bare {
        self.connect_from(Ipv4Addr::LOCALHOST).await
    }

    /// A connection from this address of the machine.
    pub async fn connect_from(&self, source: Ipv4Addr) -> Bare {
        self.connect_with(source, SMALL_BUFFER).await
    }

    /// The same with a buffer of this size: one who reads slowly makes no pauses with a larger one.
    ///
    /// # Panics
    /// If nobody listens.
    pub async fn connect_with(&self, source: Ipv4Addr, buffer: u32) -> Bare {
        let address: SocketAddr = self
            .url()
            .trim_start_matches("http://")
            .parse()
            .expect("an address");
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        socket
            .set_recv_buffer_size(buffer)
            .expect("it may be small");
        SockRef::from(&socket)
            .set_tcp_mss(SHORT_SEGMENT)
            .expect("it may be short");
        socket
            .bind((source, 0).into())
            .expect("this machine has the address");
        Bare(socket.connect(address).await.expect("it listens"))
    }
}

impl Bare {
    /// Sends all of this. False if the connection is closed before.
    ///
    /// # Panics
    /// If it is neither taken nor closed.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        let sent = tokio::time::timeout(PATIENCE, self.0.write_all(bytes)).await;
        sent.expect("it is taken, or the connection is closed")
            .is_ok()
    }

    /// Asks and reads the beginning of the answer. Nothing if the connection is closed instead.
    ///
    /// # Panics
    /// If neither happens.
    pub async fn ask(&mut self, path: &str) -> Option<String> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if self.send(request.as_bytes()).await {
            self.read(1_024).await
        } else {
            None
        }
    }

    /// What comes next, at most so many bytes. Nothing if the connection is closed.
    ///
    /// # Panics
    /// If neither happens.
    pub async fn read(&mut self, most: usize) -> Option<String> {
        let mut part = vec![0; most];
        let read = tokio::time::timeout(PATIENCE, self.0.read(&mut part)).await;
        match read.expect("something comes, or the connection is closed") {
            Ok(0) | Err(_) => None,
            Ok(length) => Some(String::from_utf8_lossy(&part[..length]).into_owned()),
        }
    }

    /// Waits until the other side has closed it, without reading what it sent before.
    ///
    /// # Panics
    /// If it does not.
    pub async fn closed_unread(&self) {
        let closed = async {
            while !self.0.ready(Interest::ERROR).await?.is_error() {}
            Ok::<_, std::io::Error>(())
        };
        let closed = tokio::time::timeout(PATIENCE, closed).await;
        closed
            .expect("the connection is closed")
            .expect("it can be looked at");
    }
}
