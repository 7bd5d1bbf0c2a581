//! The settings of a refresh besides those by which Knack and Supabase are reached. The launcher passes them on to it.

use std::time::Duration;

use uuid::Uuid;

use crate::value::{on_or_off, seconds, short_name};
use crate::{Declared, Reader, Setting, knack, supabase};

const RUN_ID: Setting<Uuid> = Setting::without(
    "SYNC_RUN_ID",
    "a UUID to use as this run's id",
    "a new one",
    |text| text.parse().map_err(|_| "must be a UUID".to_owned()),
);

const STARTED_BY: Setting<String> = Setting::without(
    "SYNC_STARTED_BY",
    "who asked, for the log row: a token's name or a staff record's id, never an e-mail",
    "none",
    short_name,
);

const FENCE: Setting<u64> = Setting::without(
    "SYNC_FENCE",
    "for the log row: the number of the lease under which one of several launchers has started this run",
    "none",
    |text| {
        text.parse()
            .map_err(|_| "must be a whole number".to_owned())
    },
);

const OUTAGE_PATIENCE: Setting<Duration> = Setting::with_default(
    "SYNC_OUTAGE_PATIENCE_SECONDS",
    "how long a refresh waits for an outage of Knack, or of Supabase, to end; at most 30 seconds for a service that has never answered",
    "90",
    seconds,
);

const ANSWERS: Setting<bool> = Setting::with_default(
    "SYNC_ANSWERS",
    "`on`, or `off` to leave the question answers to the nightly job, as `--without-answers` does",
    "on",
    on_or_off,
);

const MIN_DAILY_ALLOWANCE: Setting<u64> = Setting::with_default(
    "SYNC_MIN_DAILY_ALLOWANCE",
    "a refresh does not begin if Knack has fewer requests left for the day; as `--min-daily-allowance`",
    "0",
    |text| {
        text.parse()
            .map_err(|_| "must be a whole number".to_owned())
    },
);

/// Variables that are read by the system or by libraries and not by us. A proxy's URL may hold a password.
pub const MACHINE: [Declared; 11] = [
    of_machine("TZ").declared(),
    of_machine("LANG").declared(),
    of_machine("TMPDIR").declared(),
    of_machine("SSL_CERT_FILE").declared(),
    of_machine("SSL_CERT_DIR").declared(),
    of_machine("HTTPS_PROXY").secret().declared(),
    of_machine("https_proxy").secret().declared(),
    of_machine("ALL_PROXY").secret().declared(),
    of_machine("all_proxy").secret().declared(),
    of_machine("NO_PROXY").declared(),
    of_machine("no_proxy").declared(),
];

const fn of_machine(name: &'static str) -> Setting<String> {
    Setting::without(name, "as on every machine", "none", |text| {
        Ok(text.to_owned())
    })
}

/// Which run this is, if the process that started it has said so.
#[derive(Debug, Default)]
pub struct RunIdentity {
    /// Its id.
    pub run_id: Option<Uuid>,
    /// Who asked for it: a token's name or a staff record's id.
    pub started_by: Option<String>,
    /// The number of the lease under which it was started.
    pub fence: Option<u64>,
}

/// Reads it.
pub fn run_identity(reader: &mut Reader<'_>) -> RunIdentity {
    RunIdentity {
        run_id: reader.read(&RUN_ID),
        started_by: reader.read(&STARTED_BY),
        fence: reader.read(&FENCE),
    }
}

/// How long an outage is waited out; `None` if it cannot be read, which the reader then knows.
pub fn outage_patience(reader: &mut Reader<'_>) -> Option<Duration> {
    reader.read(&OUTAGE_PATIENCE)
}

/// Whether question answers are refreshed too; `None` if it cannot be read, which the reader then knows.
pub fn with_answers(reader: &mut Reader<'_>) -> Option<bool> {
    reader.read(&ANSWERS)
}

/// How many of Knack's requests of the day are to be left alone; `None` if it cannot be read, which the reader then knows.
pub fn min_daily_allowance(reader: &mut Reader<'_>) -> Option<u64> {
    reader.read(&MIN_DAILY_ALLOWANCE)
}

/// Every setting of a refresh.
pub fn of_refresh() -> Vec<Declared> {
    let own = [
        OUTAGE_PATIENCE.declared(),
        ANSWERS.declared(),
        MIN_DAILY_ALLOWANCE.declared(),
        RUN_ID.declared(),
        STARTED_BY.declared(),
        FENCE.declared(),
    ];
    [&knack::ALL[..], &supabase::ALL, &own].concat()
}

/// Further settings that `--check` reads.
pub fn of_check() -> Vec<Declared> {
    supabase::OF_CHECK.to_vec()
}
