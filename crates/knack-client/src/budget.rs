//! The request budget: Knack allows ten requests a second per app, whoever sends them. All processes of one machine share
//! one small locked file that holds the starts of the last second.
//!
//! Nine are for whoever we know. The tenth is for strangers, whom anybody can make up: however many they are, nobody else
//! ever waits for a place that one of them took.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// At most this many starts in any [`WINDOW`], and one of a stranger beside them.
const STARTS: usize = 9;

/// A little more than Knack's second, for requests that arrive late.
const WINDOW: Duration = Duration::from_millis(1_100);

/// A pause further away than this was written by a clock that has since been set back.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// So few requests left of a second are hardly any.
const FEW: u64 = 1;

const LOCK_RETRY: Duration = Duration::from_millis(2);
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

/// Whose place among Knack's requests of a second a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// One of those that all of us share, and wait for.
    Shared,
    /// The one that is left for strangers. Such a request is sent once and never again, and slows nobody else down,
    /// whatever becomes of it. How many wait for that place is for the caller to limit.
    Stranger,
}

/// When a request started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Started(Millis);

/// Where the starts of the last second are kept.
#[derive(Debug)]
pub struct Budget(Store);

#[derive(Debug)]
enum Store {
    File {
        path: PathBuf,
        /// Instead of a file that cannot be used: better unshared than no limit at all.
        alone: OnceLock<Mutex<Window>>,
    },
    Memory(Mutex<Window>),
}

/// `KNACK_BUDGET` is malformed.
#[derive(Debug, thiserror::Error)]
#[error("a Knack budget is written `file:/absolute/path`")]
pub struct InvalidBudget;

impl Budget {
    /// Reads `file:/absolute/path`.
    pub fn parse(text: &str) -> Result<Self, InvalidBudget> {
        match text.strip_prefix("file:").map(Path::new) {
            Some(path) if path.is_absolute() => Ok(Self::file(path)),
            Some(_) | None => Err(InvalidBudget),
        }
    }

    /// Shares the file at `path`, which is made when needed.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Store::File {
            path: path.into(),
            alone: OnceLock::new(),
        })
    }

    /// Shares with nobody.
    pub fn memory() -> Self {
        Self(Store::Memory(Mutex::default()))
    }

    /// Waits until a request may start, and counts it.
    pub(crate) async fn start(&self, lane: Lane) -> Started {
        loop {
            let step = |window: &mut Window, now| match lane {
                Lane::Shared => window.try_start(now),
                Lane::Stranger => window.try_start_of_stranger(now),
            };
            match self.with_window(step).await {
                Ok(started) => return started,
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Takes note of how many requests Knack said are left of the second in which this one came. Hardly any means that
    /// others ask too, or that ours came late: then nobody starts for `pause`. What a stranger used is not missing, since
    /// nobody else would have had it.
    pub(crate) async fn left(&self, remaining: u64, started: Started, pause: Duration) {
        if remaining <= FEW + 1 {
            self.with_window(|window, now| {
                if remaining + window.strangers_since(started) <= FEW {
                    window.pause(now, pause);
                }
            })
            .await;
        }
    }

    /// Lets nobody start for `pause`.
    pub(crate) async fn pause(&self, pause: Duration) {
        self.with_window(|window, now| window.pause(now, pause))
            .await;
    }

    async fn with_window<T>(&self, step: impl Fn(&mut Window, Millis) -> T) -> T {
        let (path, alone) = match &self.0 {
            Store::Memory(window) => return in_memory(window, step),
            Store::File { path, alone } => (path, alone),
        };
        if let Some(window) = alone.get() {
            return in_memory(window, step);
        }
        match lock(path).await.and_then(|file| update(file, &step)) {
            Ok(result) => result,
            Err(error) => {
                tracing::warn!(%error, "the shared Knack budget cannot be used; this process limits itself alone");
                in_memory(alone.get_or_init(Mutex::default), step)
            }
        }
    }
}

fn in_memory<T>(window: &Mutex<Window>, step: impl Fn(&mut Window, Millis) -> T) -> T {
    step(&mut window.lock().expect("no holder panics"), now())
}

/// Milliseconds since 1970: the file is shared by processes, so it cannot hold a process's own instants.
type Millis = u64;

#[expect(
    clippy::disallowed_methods,
    reason = "the window is shared between processes, whose only common clock is the wall clock"
)]
fn now() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis)
}

fn millis(duration: Duration) -> Millis {
    duration.as_millis().try_into().unwrap_or(Millis::MAX)
}

/// The starts of the last window, oldest first, until when nobody may start, and when a stranger started last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Window {
    starts: [Millis; STARTS],
    paused_until: Millis,
    /// Last in the file, where a program of before strangers does not look.
    stranger: Millis,
}

impl Window {
    const BYTES: usize = (STARTS + 2) * size_of::<Millis>();

    fn try_start(&mut self, now: Millis) -> Result<Started, Duration> {
        self.wait_for(self.starts[0], now)?;
        self.starts.rotate_left(1);
        self.starts[STARTS - 1] = now;
        self.starts.sort_unstable();
        Ok(Started(now))
    }

    fn try_start_of_stranger(&mut self, now: Millis) -> Result<Started, Duration> {
        self.wait_for(self.stranger, now)?;
        self.stranger = now;
        Ok(Started(now))
    }

    /// A window after `earlier`, and while nobody pauses.
    fn wait_for(&self, earlier: Millis, now: Millis) -> Result<(), Duration> {
        let opens = earlier.saturating_add(millis(WINDOW));
        let free_at = opens.max(self.paused_until);
        if free_at > now && free_at <= now + millis(LONGEST_WAIT) {
            return Err(Duration::from_millis(free_at - now));
        }
        Ok(())
    }

    /// How many strangers may have started in the second in which a request came that started then.
    fn strangers_since(&self, started: Started) -> u64 {
        u64::from(self.stranger.saturating_add(millis(WINDOW)) > started.0)
    }

    fn pause(&mut self, now: Millis, pause: Duration) {
        self.paused_until = now + millis(pause);
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let mut numbers = bytes
            .chunks_exact(size_of::<Millis>())
            .map(|chunk| Millis::from_le_bytes(chunk.try_into().expect("chunks are exact")));
        let mut next = || numbers.next().unwrap_or(0);
        Self {
            starts: std::array::from_fn(|_| next()),
            paused_until: next(),
            stranger: next(),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let numbers = self.starts.iter();
        let numbers = numbers.chain([&self.paused_until, &self.stranger]);
        numbers.flat_map(|number| number.to_le_bytes()).collect()
    }
}

async fn lock(path: &Path) -> io::Result<File> {
    let file = open(path)?;
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if waited < LOCK_PATIENCE => {
                tokio::time::sleep(LOCK_RETRY).await;
                waited += LOCK_RETRY;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path)
}

/// The lock ends with the file handle.
fn update<T>(mut file: File, step: impl Fn(&mut Window, Millis) -> T) -> io::Result<T> {
    let mut bytes = Vec::with_capacity(Window::BYTES);
    Read::by_ref(&mut file)
        .take(Window::BYTES as u64)
        .read_to_end(&mut bytes)?;
    let before = Window::from_bytes(&bytes);
    let mut window = before.clone();
    let result = step(&mut window, now());
    if window != before {
        file.rewind()?;
        file.write_all(&window.to_bytes())?;
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(window: &mut Window, now: Millis) -> Result<(), Duration> {
        window.try_start(now).map(drop)
    }

    fn start_stranger(window: &mut Window, now: Millis) -> Result<(), Duration> {
        window.try_start_of_stranger(now).map(drop)
    }

    #[test]
    fn nine_start_at_once_and_the_tenth_waits_for_the_window() {
        let mut window = Window::default();
        for _ in 0..STARTS {
            assert_eq!(start(&mut window, 50_000), Ok(()));
        }
        assert_eq!(start(&mut window, 50_100), Err(Duration::from_secs(1)));
        assert_eq!(start(&mut window, 51_100), Ok(()));
    }

    #[test]
    fn strangers_have_one_place_and_take_none_of_the_nine() {
        let mut window = Window::default();
        for now in 50_000..50_100 {
            let expected = if now == 50_000 {
                Ok(())
            } else {
                Err(Duration::from_millis(51_100 - now))
            };
            assert_eq!(start_stranger(&mut window, now), expected);
        }
        for _ in 0..STARTS {
            assert_eq!(start(&mut window, 50_100), Ok(()));
        }
        // Nor does a full window keep a stranger waiting, but a pause does.
        assert_eq!(start_stranger(&mut window, 51_100), Ok(()));
        window.pause(52_200, Duration::from_secs(1));
        let paused = start_stranger(&mut window, 52_200);
        assert_eq!(paused, Err(Duration::from_secs(1)));
    }

    #[tokio::test]
    async fn hardly_any_left_is_a_reason_to_pause_unless_a_stranger_used_one() {
        for (stranger_started, remaining, is_paused) in [
            (false, 2, false),
            (false, 1, true),
            (false, 0, true),
            (true, 2, false),
            (true, 1, false),
            (true, 0, true),
        ] {
            let budget = Budget::memory();
            if stranger_started {
                budget.start(Lane::Stranger).await;
            }
            let started = budget.start(Lane::Shared).await;
            budget.left(remaining, started, LONGEST_WAIT).await;
            let soon = tokio::time::timeout(Duration::from_millis(50), budget.start(Lane::Shared));
            let told = (stranger_started, remaining);
            assert_eq!(soon.await.is_err(), is_paused, "{told:?}");
        }
    }

    #[test]
    fn a_stranger_of_long_ago_used_nothing() {
        let window = Window {
            stranger: 50_000,
            ..Window::default()
        };
        assert_eq!(window.strangers_since(Started(51_099)), 1);
        assert_eq!(window.strangers_since(Started(51_100)), 0);
    }

    #[test]
    fn no_window_of_a_second_ever_holds_more_than_nine() {
        let (mut window, mut now, mut starts) = (Window::default(), 50_000, Vec::new());
        for step in 0..500_u64 {
            match start(&mut window, now) {
                Ok(()) => starts.push(now),
                Err(wait) => now += millis(wait).min(step % 7 * 40 + 1),
            }
        }
        assert!(starts.len() > 20);
        for (first, later) in starts.iter().zip(&starts[STARTS..]) {
            assert!(later - first >= 1_000);
        }
    }

    #[test]
    fn a_pause_holds_everybody_and_a_clock_set_back_holds_nobody() {
        let mut window = Window::default();
        window.pause(50_000, Duration::from_secs(1));
        let paused = start(&mut window, 50_200);
        assert_eq!(paused, Err(Duration::from_millis(800)));
        assert_eq!(start(&mut window, 1_000), Ok(()));
    }

    #[tokio::test]
    async fn processes_share_one_file_and_survive_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/knack.budget");
        let (ours, theirs) = (Budget::file(&path), Budget::file(&path));
        for budget in [&ours, &theirs, &ours] {
            budget.start(Lane::Shared).await;
        }
        let window = Window::from_bytes(&fs::read(&path).unwrap());
        assert_eq!(window.starts.iter().filter(|start| **start > 0).count(), 3);
        ours.start(Lane::Stranger).await;
        let another = theirs.start(Lane::Stranger);
        let soon = tokio::time::timeout(Duration::from_millis(100), another);
        assert!(soon.await.is_err());

        // As a program of before strangers makes it.
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..(STARTS + 1) * size_of::<Millis>()]).unwrap();
        theirs.start(Lane::Stranger).await;

        fs::write(&path, "damaged").unwrap();
        ours.start(Lane::Shared).await;
        fs::write(&path, [0xff; 200]).unwrap();
        ours.start(Lane::Shared).await;
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_used_still_limits_this_process() {
        let budget = Budget::file("/proc/nowhere/knack.budget");
        for _ in 0..STARTS {
            budget.start(Lane::Shared).await;
        }
        let soon = tokio::time::timeout(Duration::from_millis(100), budget.start(Lane::Shared));
        assert!(soon.await.is_err());
    }

    #[test]
    fn only_an_absolute_file_is_a_budget() {
        assert!(Budget::parse("file:/run/knack.budget").is_ok());
        for text in [
            "",
            "file:",
            "file:relative",
            "/run/knack",
            "redis://localhost",
        ] {
            assert!(Budget::parse(text).is_err());
        }
    }
}
