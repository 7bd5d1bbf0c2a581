//! Places where a log can be sent and does not arrive.

use std::fs::File;
use std::io::{Write, pipe};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::openpty;

/// A place where a log does not arrive; what it needs to stay such a place lives as long as this.
pub struct LostLog {
    /// What happens to the log there.
    pub how: &'static str,
    writer: OwnedFd,
    /// Nobody reads from it, but somebody could.
    _reader: Option<OwnedFd>,
}

impl LostLog {
    /// One of each kind.
    pub fn all() -> [Self; 3] {
        [Self::full_disk(), Self::unread_pipe(), Self::gone_reader()]
    }

    /// Every write fails for want of room.
    ///
    /// # Panics
    /// If the machine has no such device.
    pub fn full_disk() -> Self {
        let file = File::options().write(true).open("/dev/full");
        Self {
            how: "a full disk",
            writer: file.expect("Linux has it").into(),
            _reader: None,
        }
    }

    /// Every write blocks: the pipe is full, and its reader does nothing.
    ///
    /// # Panics
    /// If there are no pipes.
    pub fn unread_pipe() -> Self {
        let (reader, mut writer) = pipe().expect("there are pipes");
        let room = fcntl(&writer, FcntlArg::F_GETPIPE_SZ).expect("a pipe has a size");
        let room = usize::try_from(room).expect("sizes are positive");
        writer.write_all(&vec![b'.'; room]).expect("it holds that");
        Self {
            how: "a pipe that nobody reads",
            writer: writer.into(),
            _reader: Some(reader.into()),
        }
    }

    /// Every write fails: the reader has gone.
    ///
    /// # Panics
    /// If there are no pipes.
    pub fn gone_reader() -> Self {
        let (_gone, writer) = pipe().expect("there are pipes");
        Self {
            how: "a reader that has gone",
            writer: writer.into(),
            _reader: None,
        }
    }

    /// Every write blocks: a terminal that somebody has stopped, and that is full.
    ///
    /// # Panics
    /// If there are no terminals.
    pub fn stopped_terminal() -> Self {
        let terminal = openpty(None, None).expect("there are terminals");
        let screen = File::from(terminal.slave);
        let set = |flags| fcntl(&screen, FcntlArg::F_SETFL(flags)).expect("it is open");
        set(OFlag::O_NONBLOCK);
        while (&screen).write(b".").is_ok() {}
        set(OFlag::empty());
        Self {
            how: "a terminal that was stopped",
            writer: screen.into(),
            _reader: Some(terminal.master),
        }
    }

    /// To be given to a process.
    ///
    /// # Panics
    /// If there are no more handles.
    pub fn stdio(&self) -> Stdio {
        self.writer.try_clone().expect("there are handles").into()
    }
}
