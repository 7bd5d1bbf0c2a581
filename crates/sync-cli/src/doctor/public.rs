//! Checks what anyone could do with the public key, which visitors' browsers may have: nothing, if row-level security
//! is in order.

use serde::de::IgnoredAny;
use supabase_client::SupabaseError;
use sync_protocol::{ErrorCode, SetupCheck, SetupSubject};

use super::findings::{broken, failed, passed, skipped};
use super::probe::{Probed, insert};
use super::schema::TABLES;
use super::services::Services;
use crate::error::SyncError;
use crate::listed::listed;

const SUBJECT: SetupSubject = SetupSubject::PublicAccess;

pub(super) async fn examine(services: &Services<'_>) -> SetupCheck {
    let Some(public) = services.public else {
        return skipped(
            SUBJECT,
            "Not examined: set SUPABASE_PUBLISHABLE_KEY to find out what any visitor could read or write.",
        );
    };
    let mut readable: Vec<&str> = Vec::new();
    let mut writable: Vec<&str> = Vec::new();
    for table in &TABLES {
        let rows = public.table(table.name).select("id").limit(1);
        match public.read_unless_slow::<IgnoredAny>(rows).await {
            Ok(rows) if rows.is_empty() => {}
            Ok(_) => readable.push(table.name),
            Err(error) if is_kept_out(&error) => {}
            Err(error) => return unknown(error),
        }
        match insert(public, table.name, &table.row()).await {
            Probed::WouldWrite => writable.push(table.name),
            Probed::NotAllowed | Probed::NoKey(_) => {}
            Probed::Failed(error) if is_kept_out(&error) => {}
            Probed::Failed(error) => return unknown(error),
        }
    }
    let mut may = Vec::new();
    if !readable.is_empty() {
        may.push(format!("read {}", listed(&readable)));
    }
    if !writable.is_empty() {
        may.push(format!("write to {}", listed(&writable)));
    }
    if may.is_empty() {
        return passed(
            SUBJECT,
            "Nobody can read or write these tables with the public key.",
        );
    }
    broken(
        SUBJECT,
        ErrorCode::SupabaseRefused,
        format!("Anyone with the public key can {}.", may.join(", and can ")),
        "Enable row-level security on these tables, and drop policies that apply to anon or to everyone.",
    )
}

/// The table is not there for this key, or there is none.
fn is_kept_out(error: &SupabaseError) -> bool {
    match error {
        SupabaseError::KeyRefused { code, .. } => code.as_str() == "42501",
        SupabaseError::Refused { code, .. } => ["42P01", "PGRST205"].contains(&code.as_str()),
        _ => false,
    }
}

fn unknown(source: SupabaseError) -> SetupCheck {
    let doing = "trying the public key";
    failed(SUBJECT, &SyncError::Supabase { doing, source })
}
