//! The request budget: Knack allows ten requests a second per app, whoever sends them. All processes of one machine share
//! one small locked file that holds the starts of the last second.
//!
//! Nine are for whoever we know. The tenth is for strangers, whom anybody can make up: however many they are, nobody else
//! ever waits for a place that one of them took.

mod due;
mod file;
mod window;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::Duration;

pub use due::{Due, Schedule};
use file::{Folder, SharedFile, now};
pub(crate) use window::Started;
use window::{Millis, Ours, Window};
pub use window::{STARTS, WINDOW};

/// Whose place among Knack's requests of a second a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// One of those that all of us share, and wait for.
    Shared,
    /// The one that is left for strangers. Such a request is sent once and never again, and slows nobody else down,
    /// whatever becomes of it. How many wait for that place is for the caller to limit.
    Stranger,
}

/// Where the starts of the last second are kept.
#[derive(Debug)]
pub struct Budget {
    store: Store,
    /// The places that this process took of late.
    ours: Mutex<Ours>,
    /// Held by whoever of this process waits for the next shared place: requests start in the order in which they were made.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
enum Store {
    File {
        shared: SharedFile,
        /// Instead of a file that cannot be used: better unshared than no limit at all.
        alone: OnceLock<Mutex<Window>>,
    },
    Memory(Mutex<Window>),
}

/// `KNACK_BUDGET` cannot be used; the end of a sentence that begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBudget {
    /// It has another form.
    #[error("must be like file:/absolute/path")]
    Form,
    /// Nothing can be kept there.
    #[error("must name a regular file, and not a folder, link, pipe or device")]
    NotAFile,
}

impl Budget {
    /// Reads `file:/absolute/path`.
    pub fn parse(text: &str) -> Result<Self, InvalidBudget> {
        let path = text.strip_prefix("file:").map(Path::new);
        let Some(path) = path.filter(|path| path.is_absolute()) else {
            return Err(InvalidBudget::Form);
        };
        let is_there = fs::symlink_metadata(path);
        if text.ends_with('/') || is_there.is_ok_and(|there| !there.is_file()) {
            return Err(InvalidBudget::NotAFile);
        }
        Ok(Self::file(path))
    }

    /// Shares the file at `path`, which is made when needed, with whoever may use it.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::shared(path.into(), Folder::Chosen)
    }

    /// The same, in a folder that nobody but this user may use: it is made so, and never used if it is another's.
    pub fn private_file(path: impl Into<PathBuf>) -> Self {
        Self::shared(path.into(), Folder::Private)
    }

    fn shared(path: PathBuf, folder: Folder) -> Self {
        Self::with(Store::File {
            shared: SharedFile { path, folder },
            alone: OnceLock::new(),
        })
    }

    fn with(store: Store) -> Self {
        Self {
            store,
            ours: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Shares with nobody.
    pub fn memory() -> Self {
        Self::with(Store::Memory(Mutex::default()))
    }

    /// Waits until a request may start, and counts it.
    pub(crate) async fn start(&self, lane: Lane) -> Started {
        let _turn = match lane {
            Lane::Shared => Some(self.turn.lock().await),
            Lane::Stranger => None,
        };
        loop {
            let ours = *self.ours();
            let step = |window: &mut Window, now| match lane {
                Lane::Shared => window.try_start(&ours, now),
                Lane::Stranger => window.try_start_of_stranger(now),
            };
            match self.with_window(step).await {
                Ok(started) => {
                    if lane == Lane::Shared {
                        self.ours().took(started);
                    }
                    return started;
                }
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Takes note of when a request in [`Lane::Shared`] left. Until then it might have come at any time.
    pub(crate) async fn sent(&self, started: Started) {
        let at = self
            .with_window(|window, now| {
                window.sent(started, now);
                now
            })
            .await;
        self.ours().sent(started, at);
    }

    fn ours(&self) -> MutexGuard<'_, Ours> {
        self.ours.lock().expect("no holder panics")
    }

    /// Takes note of how many requests Knack said are left of the second in which this one came. None means that others ask
    /// too, or that ours came late: then nobody starts for `pause`. One that a stranger used is not missing, since nobody
    /// else would have had it.
    pub(crate) async fn left(&self, remaining: u64, started: Started, pause: Duration) {
        if remaining == 0 {
            self.with_window(|window, now| {
                if !window.stranger_since(started) {
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

    /// The tasks that are due on this machine, once no other process is doing them. If nothing can be remembered, all are.
    pub(crate) async fn schedule(&self) -> Schedule {
        match &self.store {
            Store::Memory(_) => Schedule::default(),
            Store::File { shared, .. } => Schedule::open(&shared.beside(".due")).await,
        }
    }

    async fn with_window<T>(&self, step: impl Fn(&mut Window, Millis) -> T) -> T {
        let (shared, alone) = match &self.store {
            Store::Memory(window) => return in_memory(window, step),
            Store::File { shared, alone } => (shared, alone),
        };
        if let Some(window) = alone.get() {
            return in_memory(window, step);
        }
        match shared.with_window(&step).await {
            Ok(result) => result,
            Err(error) => {
                tracing::warn!(
                    %error,
                    "the shared Knack budget cannot be used, so this process limits itself alone; KNACK_BUDGET can name another file for it"
                );
                in_memory(alone.get_or_init(Mutex::default), step)
            }
        }
    }
}

fn in_memory<T>(window: &Mutex<Window>, step: impl Fn(&mut Window, Millis) -> T) -> T {
    step(&mut window.lock().expect("no holder panics"), now())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::pin::pin;

    use nix::sys::stat::Mode;

    use super::window::LONGEST_WAIT;
    use super::*;

    /// Asserts that nine start at once, and no tenth.
    async fn assert_nine_start(budget: &Budget) {
        let nine = async {
            for _ in 0..STARTS {
                budget.start(Lane::Shared).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_millis(900), nine).await;
        assert!(in_time.is_ok(), "{budget:?}");
        let soon = tokio::time::timeout(Duration::from_millis(100), budget.start(Lane::Shared));
        assert!(soon.await.is_err(), "{budget:?}");
    }

    fn is_alone(budget: &Budget) -> bool {
        matches!(&budget.store, Store::File { alone, .. } if alone.get().is_some())
    }

    #[tokio::test]
    async fn none_left_is_a_reason_to_pause_unless_a_stranger_used_one() {
        for (stranger_started, remaining, is_paused) in [
            // Nine of ours leave one.
            (false, 1, false),
            (false, 0, true),
            (true, 1, false),
            (true, 0, false),
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

    #[tokio::test]
    async fn requests_start_in_the_order_in_which_they_were_made() {
        let budget = Budget::memory();
        for _ in 0..STARTS {
            budget.start(Lane::Shared).await;
        }
        let mut earlier = pin!(budget.start(Lane::Shared));
        let mut later = pin!(budget.start(Lane::Shared));
        let soon = tokio::time::timeout(Duration::from_millis(50), &mut earlier);
        assert!(soon.await.is_err());
        // There is a place by then, and it is not for the later one, nor for a stranger to wait for.
        let overtaken = tokio::time::timeout(WINDOW + Duration::from_millis(200), &mut later);
        assert!(overtaken.await.is_err());
        budget.start(Lane::Stranger).await;
        earlier.await;
        later.await;
    }

    #[tokio::test]
    async fn processes_share_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/knack.budget");
        let (ours, theirs) = (Budget::file(&path), Budget::file(&path));
        for budget in [&ours, &theirs, &ours] {
            budget.start(Lane::Shared).await;
        }
        let window = Window::from_bytes(&fs::read(&path).unwrap(), now()).unwrap();
        assert_eq!(window.starts.iter().filter(|start| **start > 0).count(), 3);
        ours.start(Lane::Stranger).await;
        let another = theirs.start(Lane::Stranger);
        let soon = tokio::time::timeout(Duration::from_millis(100), another);
        assert!(soon.await.is_err());

        // As a program of before strangers makes it.
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..(STARTS + 1) * size_of::<Millis>()]).unwrap();
        theirs.start(Lane::Stranger).await;
    }

    #[tokio::test]
    async fn a_damaged_file_is_started_anew_and_shared_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("knack.budget");
        for damaged in [&b"damaged"[..], &[0xff; 80], &[0xff; 88], &[0xff; 200]] {
            fs::write(&path, damaged).unwrap();
            let (ours, theirs) = (Budget::file(&path), Budget::file(&path));
            assert_nine_start(&ours).await;
            assert_eq!(fs::metadata(&path).unwrap().len(), Window::BYTES as u64);
            let soon = tokio::time::timeout(Duration::from_millis(50), theirs.start(Lane::Shared));
            assert!(soon.await.is_err());
            assert!(!is_alone(&ours) && !is_alone(&theirs));
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_used_still_limits_this_process_and_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let of_somebody = vec![b'x'; 5_000];
        fs::write(at("of somebody"), &of_somebody).unwrap();
        fs::write(at("target"), "precious").unwrap();
        symlink(at("target"), at("link")).unwrap();
        symlink(at("nothing"), at("broken link")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        nix::unistd::mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
        for path in [
            at("of somebody"),
            at("link"),
            at("broken link"),
            at("folder"),
            at("fifo"),
            at("target/knack.budget"),
            "/dev/null".into(),
            "/proc/nowhere/knack.budget".into(),
        ] {
            let budget = Budget::file(&path);
            assert_nine_start(&budget).await;
            assert!(is_alone(&budget), "{path:?}");
        }
        assert_eq!(fs::read(at("of somebody")).unwrap(), of_somebody);
        assert_eq!(fs::read(at("target")).unwrap(), b"precious");
        assert!(!at("nothing").exists());
    }

    #[tokio::test]
    async fn a_private_folder_is_made_for_its_user_alone_and_is_not_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let ours = Budget::private_file(at("made/knack.budget"));
        ours.start(Lane::Shared).await;
        assert_eq!(mode(&at("made")), 0o700);
        assert_eq!(mode(&at("made/knack.budget")), 0o600);

        // As versions before this one made it.
        fs::create_dir(at("open")).unwrap();
        fs::set_permissions(at("open"), fs::Permissions::from_mode(0o777)).unwrap();
        let opened = Budget::private_file(at("open/knack.budget"));
        opened.start(Lane::Shared).await;
        assert_eq!(mode(&at("open")), 0o700);
        assert!(!is_alone(&ours) && !is_alone(&opened));

        symlink(at("made"), at("link")).unwrap();
        let linked = Budget::private_file(at("link/knack.budget"));
        assert_nine_start(&linked).await;
        assert!(is_alone(&linked));
    }

    #[tokio::test]
    async fn a_private_folder_of_another_user_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let nobody = Some(nix::unistd::Uid::from_raw(65_534));
        // Only root can give a folder away; for everybody else the root folder is another's.
        let others = match nix::unistd::chown(folder.path(), nobody, None) {
            Ok(()) => folder.path(),
            Err(_) => Path::new("/"),
        };
        let budget = Budget::private_file(others.join("knack.budget"));
        assert_nine_start(&budget).await;
        assert!(is_alone(&budget));
        assert!(!others.join("knack.budget").exists());
    }

    #[test]
    fn only_an_absolute_regular_file_is_a_budget() {
        let folder = tempfile::tempdir().unwrap();
        let in_folder = |name: &str| format!("file:{}", folder.path().join(name).display());
        fs::write(folder.path().join("there"), "").unwrap();
        symlink(folder.path().join("there"), folder.path().join("link")).unwrap();
        nix::unistd::mkfifo(&folder.path().join("fifo"), Mode::S_IRWXU).unwrap();
        for (text, expected) in [
            ("file:/run/knack.budget".to_owned(), None),
            (in_folder("there"), None),
            (in_folder("not there"), None),
            (String::new(), Some(InvalidBudget::Form)),
            ("file:".to_owned(), Some(InvalidBudget::Form)),
            ("file:relative".to_owned(), Some(InvalidBudget::Form)),
            ("/run/knack".to_owned(), Some(InvalidBudget::Form)),
            ("redis://localhost".to_owned(), Some(InvalidBudget::Form)),
            ("file:/dev/null".to_owned(), Some(InvalidBudget::NotAFile)),
            ("file:/dev/zero".to_owned(), Some(InvalidBudget::NotAFile)),
            ("file:/".to_owned(), Some(InvalidBudget::NotAFile)),
            (in_folder(""), Some(InvalidBudget::NotAFile)),
            (in_folder("link"), Some(InvalidBudget::NotAFile)),
            (in_folder("fifo"), Some(InvalidBudget::NotAFile)),
        ] {
            assert_eq!(Budget::parse(&text).err(), expected, "{text}");
        }
    }
}
