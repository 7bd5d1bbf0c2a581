//! Lines on their way to a writer: a bounded queue, and the thread that empties it. Writing to the queue takes a moment,
//! whatever the writer does.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::write::write_whole;

/// How many bytes may wait for the writer: enough for a second in which it does nothing, and little compared with the
/// program itself.
const MOST_BYTES: usize = 1_000_000;
/// A line of our own is far shorter; whatever is longer is cut.
const LONGEST_LINE: usize = 16_000;

/// The queue's end for those who write.
pub(crate) struct Lines(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    /// Rings when a line comes.
    came: Condvar,
    /// Rings when all of them are written.
    drained: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<Vec<u8>>,
    /// Of `lines` and the one being written.
    bytes: usize,
    lost: u64,
    /// There is no thread, so nothing will be written.
    is_dead: bool,
}

impl Lines {
    /// Begins to write to `writer`.
    pub(crate) fn start(writer: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            came: Condvar::new(),
            drained: Condvar::new(),
        });
        let for_thread = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || for_thread.write_to(writer));
        shared.queue.lock().is_dead = thread.is_err();
        Self(shared)
    }

    /// Queues a line, or a few; drops them where there is no room.
    pub(crate) fn write(&self, line: &[u8]) {
        let line = bounded(line);
        let mut queue = self.0.queue.lock();
        if queue.is_dead || queue.bytes + line.len() > MOST_BYTES {
            queue.lost += 1;
        } else {
            queue.bytes += line.len();
            queue.lines.push_back(line);
            self.0.came.notify_one();
        }
    }

    /// How many lines were lost since this was last asked.
    pub(crate) fn take_lost(&self) -> u64 {
        std::mem::take(&mut self.0.queue.lock().lost)
    }

    /// Waits until all lines are written or lost, for at most `patience`.
    pub(crate) fn finish(&self, patience: Duration) {
        let until = Instant::now() + patience;
        let mut queue = self.0.queue.lock();
        while queue.bytes > 0 && !queue.is_dead {
            if self.0.drained.wait_until(&mut queue, until).timed_out() {
                return;
            }
        }
    }
}

/// Cut where it is too long, between two characters.
fn bounded(line: &[u8]) -> Vec<u8> {
    if line.len() <= LONGEST_LINE {
        return line.to_vec();
    }
    let is_within_a_character = |at: usize| line[at] & 0b1100_0000 == 0b1000_0000;
    let mut end = LONGEST_LINE;
    while end > 0 && is_within_a_character(end) {
        end -= 1;
    }
    [&line[..end], b"\n"].concat()
}

impl Shared {
    fn write_to(&self, mut writer: impl Write) {
        // A line that broke off must not run into the next one.
        let mut is_broken = false;
        loop {
            let line = self.next();
            let end_of_the_broken: &[u8] = if is_broken { b"\n" } else { b"" };
            let outcome = write_whole(&mut writer, end_of_the_broken)
                .and_then(|()| write_whole(&mut writer, &line));
            match outcome {
                Ok(()) => {
                    is_broken = false;
                    self.written(line.len());
                }
                Err(broken) => {
                    is_broken |= broken.written > 0;
                    self.lost(line.len());
                }
            }
        }
    }

    fn next(&self) -> Vec<u8> {
        let mut queue = self.queue.lock();
        loop {
            if let Some(line) = queue.lines.pop_front() {
                return line;
            }
            self.came.wait(&mut queue);
        }
    }

    fn lost(&self, bytes: usize) {
        self.queue.lock().lost += 1;
        self.written(bytes);
    }

    fn written(&self, bytes: usize) {
        let mut queue = self.queue.lock();
        queue.bytes -= bytes;
        if queue.bytes == 0 {
            self.drained.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind};
    use std::sync::mpsc;

    use super::*;

    const PATIENCE: Duration = Duration::from_mins(1);

    /// Does with each call to `write` what the test says next; then takes everything.
    struct Scripted {
        steps: VecDeque<io::Result<usize>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Scripted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = self.steps.pop_front().unwrap_or(Ok(bytes.len()))?;
            let taken = taken.min(bytes.len());
            self.written.lock().extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written_after(steps: Vec<io::Result<usize>>, lines: &[&str]) -> (String, u64) {
        let written = Arc::default();
        let log = Lines::start(Scripted {
            steps: steps.into(),
            written: Arc::clone(&written),
        });
        for line in lines {
            log.write(line.as_bytes());
        }
        log.finish(PATIENCE);
        let text = String::from_utf8(written.lock().clone()).unwrap();
        (text, log.take_lost())
    }

    fn full() -> io::Error {
        io::Error::from(ErrorKind::StorageFull)
    }

    #[test]
    fn lines_are_written_in_order_however_few_bytes_are_taken_at_a_time() {
        let steps = vec![
            Ok(1),
            Err(ErrorKind::WouldBlock.into()),
            Ok(2),
            Err(ErrorKind::Interrupted.into()),
        ];
        let (text, lost) = written_after(steps, &["first\n", "second\n"]);
        assert_eq!((text.as_str(), lost), ("first\nsecond\n", 0));
    }

    #[test]
    fn a_line_that_cannot_be_written_is_lost_and_counted_and_the_next_one_is_whole() {
        let (text, lost) = written_after(vec![Err(full())], &["first\n", "second\n"]);
        assert_eq!((text.as_str(), lost), ("second\n", 1));
    }

    #[test]
    fn a_line_that_breaks_off_does_not_run_into_the_next_one() {
        let steps = vec![Ok(3), Err(full()), Err(full())];
        let (text, lost) = written_after(steps, &["first\n", "second\n", "third\n"]);
        assert_eq!((text.as_str(), lost), ("fir\nthird\n", 2));
    }

    #[test]
    fn a_line_is_cut_where_it_is_too_long() {
        let long = format!("x{}", "é".repeat(100_000));
        let (text, lost) = written_after(Vec::new(), &[&long, "next\n"]);
        let kept = "é".repeat(LONGEST_LINE / 2 - 1);
        assert_eq!((text, lost), (format!("x{kept}\nnext\n"), 0));
    }

    /// Takes nothing until the test says so.
    struct Stuck(mpsc::Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Fails once the test has let go, which is as good as being told.
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_writer_that_takes_nothing_blocks_no_caller_and_costs_a_bounded_amount() {
        let (go, stuck) = mpsc::channel();
        let log = Lines::start(Stuck(stuck));
        let line = [b'x'; 1_000];
        for _ in 0..3_000 {
            log.write(&line);
        }
        assert_eq!(log.take_lost(), 2_000);
        log.finish(Duration::from_millis(1));
        assert!(log.0.queue.lock().bytes > 0);
        drop(go);
        log.finish(PATIENCE);
        assert_eq!(log.0.queue.lock().bytes, 0);
        assert_eq!(log.take_lost(), 0);
    }
}
