//! Checks whether Supabase answers, shows the key its rows, and has the tables, keys and rights that a refresh relies
//! on.

use std::time::{Duration, Instant};

use dashboard::establishments;
use serde::Deserialize;
use supabase_client::Persistence;
use sync_protocol::{SetupCheck, SetupSubject};
use uuid::Uuid;

use super::findings::{failed, passed, skipped, warning};
use super::services::Services;
use super::{public, tables};
use crate::error::{During, SyncError};

/// Supabase stops statements after eight seconds, unless set otherwise.
const SLOW: Duration = Duration::from_secs(4);

/// More rows than a project returns at once, as Supabase sets it up.
const MORE_THAN_ONE_ANSWER: u64 = 1_001;

/// Of any table.
#[derive(Deserialize)]
struct Row {
    id: Uuid,
}

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
    let answers = || {
        let table = services.supabase.table("question_responses");
        table.select("id").order("id")
    };
    let read = |query, at_most| {
        let supabase = services.supabase;
        supabase.read_at_most::<Row>(query, at_most, Persistence::Brief)
    };
    let began = Instant::now();
    let rows = read(answers(), MORE_THAN_ONE_ANSWER).await;
    let rows = match rows.during("reading stored answers") {
        Ok(rows) => rows,
        Err(error) => return failed(subject, &error),
    };
    let took = began.elapsed();
    let count = rows.len() as u64;
    let has_more = match rows.last() {
        Some(last) if count < MORE_THAN_ONE_ANSWER => {
            let beyond = read(answers().gt("id", last.id.to_string()), 1).await;
            match beyond.during("reading stored answers") {
                Ok(beyond) => !beyond.is_empty(),
                Err(error) => return failed(subject, &error),
            }
        }
        Some(_) | None => false,
    };
    let at_once = match (count, has_more) {
        (MORE_THAN_ONE_ANSWER.., _) => {
            format!("more than {} rows come at once", MORE_THAN_ONE_ANSWER - 1)
        }
        (count, true) => format!("at most {count} rows come at once (the project's Max rows)"),
        (count, false) => format!("all {count} rows came at once"),
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
