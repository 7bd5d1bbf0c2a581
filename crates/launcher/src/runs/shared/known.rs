//! Runs of other launchers, as far as somebody here asks for them: built from what their launchers have told Redis.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashboard::School;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sync_protocol::{Calendar, KnackRecordId};
use uuid::Uuid;

use crate::runs::Run;

/// How long a run is kept here after somebody has asked for it.
const KEPT: Duration = Duration::from_secs(30);

/// Whose run it is: what its events do not say, or may not say yet.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct About {
    school: Uuid,
    knack_id: KnackRecordId,
    name: String,
    /// Whether the school counts its years from January to December.
    by_calendar_year: bool,
    started_by: String,
    created_at: Timestamp,
}

impl About {
    pub(super) fn of(run: &Run) -> String {
        let school = &run.school;
        let about = Self {
            school: school.id,
            knack_id: school.knack_id,
            name: school.name.clone(),
            by_calendar_year: school.calendar == Calendar::JanuaryToDecember,
            started_by: run.started_by.clone(),
            created_at: run.created_at,
        };
        serde_json::to_string(&about).expect("it always serialises")
    }

    /// The run with this id; `None` if it cannot be read.
    pub(super) fn run(text: &str, id: Uuid) -> Option<Run> {
        let about: Self = serde_json::from_str(text).ok()?;
        let school = School {
            id: about.school,
            knack_id: about.knack_id,
            name: about.name,
            calendar: if about.by_calendar_year {
                Calendar::JanuaryToDecember
            } else {
                Calendar::AugustToJuly
            },
        };
        Some(Run::of_another(
            id,
            Arc::new(school),
            about.started_by,
            about.created_at,
        ))
    }
}

/// Another launcher's run.
pub(super) struct Known {
    pub(super) run: Arc<Run>,
    used: Instant,
}

impl Known {
    pub(super) fn new(run: Arc<Run>) -> Self {
        Self {
            run,
            used: Instant::now(),
        }
    }

    /// The run, for somebody who asks for it now.
    pub(super) fn used(&mut self) -> Arc<Run> {
        self.used = Instant::now();
        Arc::clone(&self.run)
    }

    /// Whether anybody may still want to know more of it.
    pub(super) fn is_wanted(&self) -> bool {
        Arc::strong_count(&self.run) > 1 || self.used.elapsed() < KEPT
    }
}
