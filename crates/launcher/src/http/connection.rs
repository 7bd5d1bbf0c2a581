//! A connection between the socket and the HTTP server. The server limits neither clients that do not read nor clients that
//! keep sending, and it limits only the head of a connection's first request. So this holds the seat, closes if a write makes
//! no progress, an answer is read too slowly to end when it has to, or a head stays incomplete, and stops reading while an
//! answer waits.

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

/// The most that is read at a time. Pipelined requests are all answered before more is read, and answers without a body have
/// no limit of their own.
const READ_AT_ONCE: usize = 8 * 1_024;

/// An accepted connection.
pub(super) struct Connection {
    stream: TcpStream,
    seat: Seat,
    timeouts: Timeouts,
    /// Runs while a write makes no progress.
    write_timer: Option<Pin<Box<Sleep>>>,
    /// Runs while the rest of a head is awaited.
    head_timer: Option<Pin<Box<Sleep>>>,
    read_at_once: usize,
    /// Whether reading is paused until an answer is taken.
    is_reading_held: bool,
}

/// How long a connection may make no progress.
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

    /// An error if it has to close. Otherwise its task is woken once it has to.
    fn check(&self, context: &Context<'_>) -> io::Result<()> {
        self.progress().register(context.waker());
        if self.progress().is_evicted() || self.progress().is_overdue() {
            self.discard_unsent();
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }

    /// Waits for more, but only so long if a head has begun.
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

    /// Even after closing, the system would keep offering an unread answer for minutes.
    fn discard_unsent(&self) {
        if self.progress().is_waiting() {
            // Fails only if the connection is gone already.
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
        self.discard_unsent();
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
