//! What a run reports while it is under way: one JSON object per line on stderr (`--progress json`).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AcademicYear, KnackRecordId};

/// One line of progress. Holds counts and names of schools, never anything of a pupil.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum ProgressEvent {
    /// The school is known and the run has begun.
    Started {
        /// This run.
        run_id: Uuid,
        /// The school's Knack id.
        establishment_id: KnackRecordId,
        /// The school's name.
        establishment_name: String,
        /// The year refreshed.
        academic_year: AcademicYear,
    },
    /// A new phase began. `Writing` precedes the first write: before it, nothing has changed.
    Phase {
        /// The phase.
        phase: Phase,
    },
    /// How far the phase is.
    Progress {
        /// The phase.
        phase: Phase,
        /// Records read, or rows written, so far.
        done: u64,
        /// Of how many; what Knack announced may change while pages arrive.
        total: u64,
    },
    /// Nothing moves because a service asked us to wait.
    Waiting {
        /// Who or what for.
        reason: WaitReason,
        /// For about this long.
        seconds: f64,
    },
}

/// The phases of a run, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reading the school from Supabase.
    FindingSchool,
    /// Reading records from Knack.
    Fetching,
    /// Comparing Knack with Supabase.
    Comparing,
    /// Writing what changed.
    Writing,
    /// Writing the log row.
    Finishing,
}

/// Why a run waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// Knack is busy, slow or asked us to wait.
    Knack,
    /// Supabase is busy or slow.
    Supabase,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_and_reads_back() {
        let event = ProgressEvent::Started {
            run_id: Uuid::nil(),
            establishment_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            establishment_name: "Alder\nPark".to_owned(),
            academic_year: "2026/2027".parse().unwrap(),
        };
        let line = serde_json::to_string(&event).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<ProgressEvent>(&line).unwrap(), event);
    }
}
