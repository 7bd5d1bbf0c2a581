//! Whether Supabase answers, shows the key its rows, and has the tables, keys and rights that a refresh relies on.

use std::time::{Duration, Instant};

use dashboard::establishments;
use serde::de::IgnoredAny;
use sync_protocol::{SetupCheck, SetupSubject};

use super::findings::{failed, passed, skipped, warning};
use super::services::Services;
use super::{public, tables};
use crate::error::{During, SyncError};

/// Supabase stops statements after eight seconds, unless set otherwise.
const SLOW: Duration = Duration::from_secs(4);

/// More rows than a project returns at once, as Supabase sets it up.
const MORE_THAN_ONE_ANSWER: u64 = 1_001;

/// In the order of [`SetupSubject`].
pub(super) async fn examine(services: &Services<'_>) -> Vec<SetupCheck> {
    let visible = establishments::any_is_visible(services.supabase).await;
    let visible = visible.during("reading the schools");
    let first = match visible {
        Ok(true) => passed(
            SetupSubject::Supabase,
            "Supabase answers, accepts the key and shows it schools.",
        ),
        Ok(false) => failed(SetupSubject::Supabase, &SyncError::NoSchoolVisible),
        Err(error) => {
            return vec![
                failed(SetupSubject::Supabase, &error),
                skipped(
                    SetupSubject::Tables,
                    "Not examined, since the schools cannot be read.",
                ),
            ];
        }
    };
    let mut checks = vec![first];
    checks.extend(tables::examine(services).await);
    checks.push(public::examine(services).await);
    checks.push(limits(services).await);
    checks
}

/// How long the largest table takes, and how many of its rows come at once.
async fn limits(services: &Services<'_>) -> SetupCheck {
    let subject = SetupSubject::SupabaseLimits;
    let rows = services
        .supabase
        .table("question_responses")
        .select("id")
        .order("id");
    let began = Instant::now();
    let read = services.supabase.read_at_most::<IgnoredAny>(
        rows,
        MORE_THAN_ONE_ANSWER,
        supabase_client::Persistence::Brief,
    );
    let rows = match read.await.during("reading stored answers") {
        Ok(rows) => rows.len() as u64,
        Err(error) => return failed(subject, &error),
    };
    let took = began.elapsed();
    let at_once = if rows < MORE_THAN_ONE_ANSWER {
        format!("{rows} rows came at once")
    } else {
        format!("more than {} rows come at once", MORE_THAN_ONE_ANSWER - 1)
    };
    let message = format!(
        "Supabase took {:.1} s to read answers, and {at_once}.",
        took.as_secs_f64()
    );
    if took > SLOW {
        let fix = "Supabase stops statements after 8 s by default: give the project more computing power, or look for missing indexes.";
        warning(subject, message, fix)
    } else {
        passed(subject, message)
    }
}
