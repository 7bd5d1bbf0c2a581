//! Draws the bar on a terminal through the log. Drawing straight to it would block the run while the terminal is paused
//! (Ctrl-S).

use std::fmt::Write as _;
use std::io;

use console::Term;
use indicatif::TermLike;
use parking_lot::Mutex;

/// The terminal behind stderr, and what is drawn and not sent yet.
#[derive(Debug)]
pub(super) struct Terminal {
    term: Term,
    drawn: Mutex<String>,
}

impl Terminal {
    /// `None` if stderr is not a terminal.
    pub(super) fn stderr() -> Option<Self> {
        let term = Term::stderr();
        term.is_term().then(|| Self {
            term,
            drawn: Mutex::default(),
        })
    }

    /// The width of the terminal behind stderr.
    pub(super) fn columns() -> u16 {
        Term::stderr().size().1
    }

    fn draw(&self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        self.drawn.lock().write_fmt(text).map_err(io::Error::other)
    }

    /// `letter` as in ECMA-48's cursor movements; a movement by nothing would be one by 1.
    fn move_cursor(&self, by: usize, letter: char) -> io::Result<()> {
        if by == 0 {
            return Ok(());
        }
        self.draw(format_args!("\x1b[{by}{letter}"))
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        self.term.size().1
    }

    fn height(&self) -> u16 {
        self.term.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D')
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.draw(format_args!("{line}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.draw(format_args!("{text}"))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.draw(format_args!("\r\x1b[2K"))
    }

    fn flush(&self) -> io::Result<()> {
        logging::write(std::mem::take(&mut *self.drawn.lock()).as_bytes());
        Ok(())
    }
}
