//! Something that listens where a proxy would, and remembers who came.

use std::io::{ErrorKind, Read};
use std::net::TcpListener;

/// Listens on an address of this machine, and answers nobody.
pub struct Gatekeeper(TcpListener);

impl Gatekeeper {
    /// Begins to listen.
    ///
    /// # Panics
    /// If it cannot.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there are ports");
        Self(listener)
    }

    /// Where, as a proxy is named.
    ///
    /// # Panics
    /// Never: it is bound.
    pub fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("it is bound"))
    }

    /// Whether nobody has come so far.
    ///
    /// # Panics
    /// If it does not listen any more.
    pub fn is_alone(&self) -> bool {
        self.0.set_nonblocking(true).expect("it is ours");
        let next = self.0.accept();
        matches!(next, Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    /// The first line that the next one who comes says.
    ///
    /// # Panics
    /// If nobody comes.
    pub async fn next_line(self) -> String {
        let listen = move || {
            let (mut connection, _) = self.0.accept().expect("somebody comes");
            let mut said = [0; 4_096];
            let length = connection.read(&mut said).expect("they say something");
            let said = String::from_utf8_lossy(&said[..length]).into_owned();
            said.lines().next().unwrap_or_default().to_owned()
        };
        tokio::task::spawn_blocking(listen)
            .await
            .expect("it does not panic")
    }
}
