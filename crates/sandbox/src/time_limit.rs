//! A time limit for each test. A test that waits for ever would hold up all the others without saying which one it is: libtest
//! runs them as threads, and a thread cannot be ended. So the process ends, naming the test.
//!
//! Does nothing outside tests.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// Some ten times what the slowest test takes on a busy machine.
const LIMIT: Duration = Duration::from_mins(5);
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

static RUNNING: Mutex<Option<HashMap<ThreadId, Test>>> = Mutex::new(None);

struct Test {
    name: String,
    since: Instant,
}

/// Watches the test of this thread until the thread ends.
pub fn watch() {
    thread_local!(static WATCHED: RefCell<Option<Watched>> = const { RefCell::new(None) });
    let this = thread::current();
    let Some(name) = this.name().filter(|name| *name != "main" && is_test()) else {
        return;
    };
    WATCHED.with_borrow_mut(|watched| {
        watched.get_or_insert_with(|| Watched::begin(this.id(), name.to_owned()));
    });
}

/// Cargo puts tests into a folder of their own; the programs lie above it, and are not to be ended.
fn is_test() -> bool {
    static IS_TEST: LazyLock<bool> = LazyLock::new(|| {
        let program = std::env::current_exe().ok();
        let folder = program.as_deref().and_then(Path::parent);
        folder.is_some_and(|folder| folder.ends_with("deps"))
    });
    *IS_TEST
}

/// Its drop, when the thread ends, is the end of the test.
struct Watched(ThreadId);

impl Watched {
    fn begin(thread: ThreadId, name: String) -> Self {
        static WATCHMAN: Once = Once::new();
        WATCHMAN.call_once(|| {
            thread::spawn(end_what_is_stuck);
        });
        let since = Instant::now();
        let test = Test { name, since };
        running().get_or_insert_default().insert(thread, test);
        Self(thread)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(tests) = running().as_mut() {
            tests.remove(&self.0);
        }
    }
}

fn running() -> MutexGuard<'static, Option<HashMap<ThreadId, Test>>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn end_what_is_stuck() {
    loop {
        thread::sleep(BETWEEN_LOOKS);
        let stuck = running()
            .iter()
            .flat_map(HashMap::values)
            .find(|test| test.since.elapsed() > LIMIT)
            .map(|test| test.name.clone());
        if let Some(name) = stuck {
            end(&name);
        }
    }
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "nothing else ends a test that is stuck"
)]
fn end(name: &str) -> ! {
    let text = format!("\ntest {name} has run for more than {LIMIT:?} and is stuck\n");
    // Written directly: what a test's thread prints is captured, and would be lost.
    drop(io::stderr().write_all(text.as_bytes()));
    std::process::exit(101)
}
