//! The exit code of a command that calls a launcher: for a school's failure that of the refresh itself, for the launcher's own
//! reasons those of sysexits.h; for several schools the worst.

use sync_protocol::{ErrorCode, Signal, SyncExit};

use crate::output::EX_CONFIG;

/// Try again later, and nothing has to be mended.
const TEMPORARY: u8 = 75;
/// The address does not belong to a launcher.
const PROTOCOL: u8 = 76;
/// The token is refused, or does not cover the school.
const NO_PERMISSION: u8 = 77;
const INTERNAL: u8 = 70;

/// From the best to the worst: first what needs nobody, then what may be over by itself, then what somebody has to mend, and
/// at the end what is wrong with all of it.
const BEST_TO_WORST: [u8; 18] = [
    0,
    9,
    130,
    143,
    TEMPORARY,
    124,
    8,
    6,
    4,
    10,
    7,
    5,
    3,
    NO_PERMISSION,
    PROTOCOL,
    EX_CONFIG,
    INTERNAL,
    // A code that nobody knows.
    1,
];

/// Of a school whose refresh failed with this code, or of a request that was refused with it.
pub(super) fn of_code(code: &str) -> u8 {
    let of_refresh = serde_json::from_value::<ErrorCode>(code.into());
    if let Ok(code) = of_refresh {
        return SyncExit::Failed(code).code();
    }
    match code {
        "busy"
        | "shutting_down"
        | "too_many_requests"
        | "auth_unavailable"
        | "dashboard_unavailable"
        | "coordinator_unavailable"
        | "cooling_down"
        | "launcher_unreachable" => TEMPORARY,
        "unauthenticated" | "not_allowed" => NO_PERMISSION,
        "cli_unavailable" | "bad_cli_output" | "sync_crashed" => INTERNAL,
        _ => PROTOCOL,
    }
}

/// When a signal stopped the command.
pub(super) fn of_signal(signal: Signal) -> u8 {
    SyncExit::Cancelled(signal).code()
}

/// When its own time was up.
pub(super) fn of_deadline() -> u8 {
    SyncExit::Failed(ErrorCode::Deadline).code()
}

/// When something was saved and something not.
pub(super) fn of_partial() -> u8 {
    SyncExit::Partial.code()
}

/// The worst of several.
pub(super) fn worst(codes: impl IntoIterator<Item = u8>) -> u8 {
    let rank = |code: &u8| {
        let place = BEST_TO_WORST.iter().position(|known| known == code);
        place.unwrap_or(BEST_TO_WORST.len())
    };
    codes.into_iter().max_by_key(rank).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;

    #[test]
    fn a_school_ends_with_the_code_of_its_refresh_or_of_why_it_was_refused() {
        for (code, exit) in [
            ("configuration", 3),
            ("establishment_not_found", 4),
            ("knack_refused", 5),
            ("knack_unavailable", 6),
            ("supabase_refused", 7),
            ("supabase_unavailable", 8),
            ("bad_data", 10),
            ("internal", 70),
            ("deadline", 124),
            ("cancelled", 130),
            ("busy", 75),
            ("shutting_down", 75),
            ("dashboard_unavailable", 75),
            ("auth_unavailable", 75),
            ("too_many_requests", 75),
            ("launcher_unreachable", 75),
            ("sync_crashed", 70),
            ("bad_cli_output", 70),
            ("cli_unavailable", 70),
            ("unauthenticated", 77),
            ("not_allowed", 77),
            ("no_launcher", 76),
            ("of_a_newer_launcher", 76),
        ] {
            assert_eq!(of_code(code), exit, "{code}");
        }
    }

    #[test]
    fn every_code_that_a_run_can_fail_with_has_an_exit_code_of_its_own_kind() {
        for code in [
            Code::Cancelled,
            Code::Configuration,
            Code::CliUnavailable,
            Code::Internal,
            Code::KnackRefused,
            Code::KnackUnavailable,
            Code::SupabaseRefused,
            Code::SupabaseUnavailable,
            Code::BadData,
            Code::BadCliOutput,
            Code::SyncCrashed,
            Code::ShuttingDown,
            Code::Deadline,
            Code::EstablishmentNotFound,
        ] {
            assert_ne!(of_code(&code.name()), PROTOCOL, "{code:?}");
        }
    }

    #[test]
    fn the_worst_is_what_needs_a_person_most() {
        for (codes, expected) in [
            (&[][..], 0),
            (&[0, 0], 0),
            (&[0, 9, 0], 9),
            (&[6, 9], 6),
            (&[6, 8, 5], 5),
            (&[124, 75], 124),
            (&[70, 3, 143], 70),
            (&[75, 130], 75),
        ] {
            assert_eq!(worst(codes.iter().copied()), expected, "{codes:?}");
        }
    }
}
