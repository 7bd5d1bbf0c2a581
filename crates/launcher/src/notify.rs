//! Messages to whoever looks after the schools, at `NOTIFY_URL`: of a refresh that failed or saved only a part, and of a school
//! whose data has grown old. At most one a school and day.
//!
//! Never in a run's way: whoever has something to say hands it over and goes on, and what does not fit into the queue is
//! counted and dropped. Holds no personal data, and the address, which is a secret, is in no log.

mod deliver;
mod line;
mod message;
mod once_a_day;
mod said;
mod target;
mod watch;

use std::time::Duration;

use dashboard::School;
use jiff::Timestamp;
use parking_lot::Mutex;
use prometheus::IntCounterVec;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::clock;
use crate::supervise::Ending;
use line::Line;
use once_a_day::OnceADay;
use said::Said;
pub(crate) use target::Target;
pub(crate) use watch::watch;

/// Lines that wait for delivery: more than there are schools.
const MOST_WAITING: usize = 500;

/// Takes what is to be said.
pub(crate) struct Notifier {
    queue: mpsc::Sender<Line>,
    said: Mutex<OnceADay>,
    outcomes: IntCounterVec,
    pub(crate) stale_after: Duration,
}

impl Notifier {
    /// Starts the delivery, on this runtime.
    pub(crate) fn start(target: Target, outcomes: IntCounterVec) -> Self {
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let stale_after = target.stale_after;
        let noted = Said::open(target.state_file.clone());
        let said = Mutex::new(noted.once_a_day());
        tokio::spawn(deliver::all(target, waiting, noted, outcomes.clone()));
        Self {
            queue,
            said,
            outcomes,
            stale_after,
        }
    }

    /// A run has ended.
    pub(crate) fn run_ended(&self, school: &School, run_id: Uuid, ending: &Ending) {
        if let Some(line) = message::of_run(&school.name, run_id, ending) {
            self.say(&[school.id], line);
        }
    }

    /// These schools' data is older than it may be: since when, in the order in which they are to be named.
    pub(crate) fn are_stale(&self, schools: &[(&School, Timestamp)]) {
        let now = clock::now();
        let new: Vec<(&School, Timestamp)> = {
            let said = self.said.lock();
            let new = schools.iter().filter(|(it, _)| said.may_say(it.id, now));
            new.copied().collect()
        };
        let ids: Vec<Uuid> = new.iter().map(|(school, _)| school.id).collect();
        if let Some(line) = message::of_stale(&new, self.stale_after) {
            self.say(&ids, line);
        }
    }

    /// Says a line of these schools, unless something was said of one of them today.
    fn say(&self, schools: &[Uuid], text: String) {
        let now = clock::now();
        let mut said = self.said.lock();
        if schools.iter().any(|school| !said.may_say(*school, now)) {
            return;
        }
        let line = Line {
            schools: schools.to_vec(),
            text,
        };
        if self.queue.try_send(line).is_ok() {
            for school in schools {
                said.said(*school, now);
            }
        } else {
            self.outcomes.with_label_values(&["dropped"]).inc();
        }
    }
}
