//! A connection between the socket and the HTTP server, which has neither a limit for readers who do not read nor one for
//! senders who do: it keeps the seat, closes where a write makes no progress, and reads no more while an answer waits.

mod in_progress;
mod progress;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

pub(crate) use in_progress::mark_in_progress;
pub(super) use progress::{Progress, Standing};

use super::seats::Seat;

/// Read at one go. Short requests that come one behind the other are all answered before more is read, and answers without a
/// body have no limit of their own.
const READ_AT_ONCE: usize = 8 * 1_024;

/// An accepted connection.
pub(super) struct Connection {
    stream: TcpStream,
    seat: Seat,
    write_timeout: Duration,
    /// Runs while a write makes no progress.
    timer: Option<Pin<Box<Sleep>>>,
    read_at_once: usize,
    /// Whether reading waits for an answer to be taken.
    is_reading_held: bool,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, seat: Seat, write_timeout: Duration) -> Self {
        Self {
            stream,
            seat,
            write_timeout,
            timer: None,
            read_at_once: 0,
            is_reading_held: false,
        }
    }

    pub(super) fn seat(&self) -> &Seat {
        &self.seat
    }

    fn progress(&self) -> &Progress {
        self.seat.progress()
    }

    /// An error if it has to go. Else its task is woken once it has to.
    fn check(&self, context: &Context<'_>) -> io::Result<()> {
        self.progress().register(context.waker());
        if self.progress().is_evicted() {
            self.forget_what_waits();
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }

    /// Even once it is closed, the system would go on offering an answer that nobody takes, and keep it for minutes.
    fn forget_what_waits(&self) {
        if self.progress().is_waiting() {
            // Fails only where the connection is gone already.
            drop(self.stream.set_zero_linger());
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        if self.progress().is_waiting() {
            self.is_reading_held = true;
            return Poll::Pending;
        }
        if self.read_at_once >= READ_AT_ONCE {
            self.read_at_once = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            self.read_at_once = 0;
            return Poll::Pending;
        }
        let length = buffer.filled().len() - before;
        if length > 0 {
            self.read_at_once += length;
            self.progress().moves();
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.timer = None;
            self.progress().moves();
            return written;
        }
        self.progress().waits();
        let timeout = self.write_timeout;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(timer.as_mut().poll(context));
        self.forget_what_waits();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// The server calls this once all bytes are written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        if self.progress().is_flushed() && self.is_reading_held {
            self.is_reading_held = false;
            context.waker().wake_by_ref();
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
