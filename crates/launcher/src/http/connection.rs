//! A connection between the socket and the HTTP server. The server has no limit for readers who do not read, none for senders
//! who do, and one for the head of a connection's first request alone. So this keeps the seat, closes where a write makes no
//! progress or a head does not come to its end, and reads no more while an answer waits.

pub(super) mod in_progress;
pub(super) mod progress;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::seats::Seat;
use progress::Progress;

/// Read at one go. Short requests that come one behind the other are all answered before more is read, and answers without a
/// body have no limit of their own.
const READ_AT_ONCE: usize = 8 * 1_024;

/// An accepted connection.
pub(super) struct Connection {
    stream: TcpStream,
    seat: Seat,
    timeouts: Timeouts,
    /// Runs while a write makes no progress.
    write_timer: Option<Pin<Box<Sleep>>>,
    /// Runs while the rest of a head is waited for.
    head_timer: Option<Pin<Box<Sleep>>>,
    read_at_once: usize,
    /// Whether reading waits for an answer to be taken.
    is_reading_held: bool,
}

/// How long a connection may stand still.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) write: Duration,
    pub(super) head: Duration,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, seat: Seat, timeouts: Timeouts) -> Self {
        Self {
            stream,
            seat,
            timeouts,
            write_timer: None,
            head_timer: None,
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

    /// Waits for more, but not for ever where a head has begun.
    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.progress().is_head_begun() {
            self.head_timer = None;
            return Poll::Pending;
        }
        let timeout = self.timeouts.head;
        let timer = self
            .head_timer
            .get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
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
            return self.poll_head(context);
        }
        let length = buffer.filled().len() - before;
        if length > 0 {
            self.read_at_once += length;
            self.progress().reads();
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
            self.write_timer = None;
            self.progress().writes();
            return written;
        }
        self.progress().waits();
        let timeout = self.timeouts.write;
        let timer = self
            .write_timer
            .get_or_insert_with(|| Box::pin(sleep(timeout)));
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
