//! Checks whether the database has what a refresh relies on (`schema.rs`), and whether the key may write there.

use dashboard::OptionalColumn;
use futures_util::future::join_all;
use serde::de::IgnoredAny;
use supabase_client::{SchemaPart, SupabaseError};
use sync_protocol::{ErrorCode, SetupCheck, SetupSubject};

use super::findings::{broken, failed, passed, warning};
use super::probe::{Probed, merge};
use super::schema::{TABLES, Table};
use super::services::Services;
use crate::error::{During, SCHEMA_FIX, SyncError, capitalised};
use crate::listed::listed;

/// Everything that is missing.
#[derive(Default)]
struct Missing {
    required: Vec<String>,
    optional: Vec<String>,
}

/// In the order of [`SetupSubject`].
pub(super) async fn examine(services: &Services<'_>) -> Vec<SetupCheck> {
    let columns = columns(services).await;
    if columns.code.is_some() {
        return vec![columns];
    }
    let (keys, write) = keys_and_rights(services).await;
    vec![columns, keys, foreign_keys(services).await, write]
}

async fn columns(services: &Services<'_>) -> SetupCheck {
    let subject = SetupSubject::Tables;
    let mut missing = Missing::default();
    for examined in join_all(TABLES.iter().map(|table| of_table(services, table))).await {
        match examined.during("reading the tables") {
            Ok(of_table) => {
                missing.required.extend(of_table.required);
                missing.optional.extend(of_table.optional);
            }
            Err(error) => return failed(subject, &error),
        }
    }
    let count = TABLES.len();
    match (missing.required.as_slice(), missing.optional.as_slice()) {
        ([], []) => passed(
            subject,
            format!("The {count} tables have every column that is used."),
        ),
        ([], optional) => warning(
            subject,
            format!(
                "The database does without {}; a refresh does, too.",
                listed(optional)
            ),
            capitalised(SCHEMA_FIX),
        ),
        (required, _) => broken(
            subject,
            ErrorCode::SupabaseRefused,
            format!("The database has no {}.", listed(required)),
            capitalised(SCHEMA_FIX),
        ),
    }
}

/// PostgREST names one missing column at a time, so it is asked until it names none.
async fn of_table(services: &Services<'_>, table: &Table) -> Result<Missing, SupabaseError> {
    let optional = OptionalColumn::ALL.into_iter();
    let optional = optional.filter(|column| column.table() == table.name);
    let optional: Vec<&str> = optional.map(OptionalColumn::name).collect();
    let mut columns = [table.columns, optional.as_slice()].concat();
    let mut missing = Missing::default();
    loop {
        let query = services
            .supabase
            .table(table.name)
            .select(columns.join(","))
            .limit(1);
        let read = services
            .supabase
            .read_unless_slow::<IgnoredAny>(query)
            .await;
        let part = match read {
            Ok(_) => return Ok(missing),
            Err(SupabaseError::Refused { part, .. }) => part,
            Err(error) => return Err(error),
        };
        let known = columns.len();
        if let SchemaPart::NoColumn { column, .. } = &part {
            columns.retain(|name| *name != column.as_str());
            let list = if optional.contains(&column.as_str()) {
                &mut missing.optional
            } else {
                &mut missing.required
            };
            list.push(format!("column {}.{}", table.name, column.as_str()));
        }
        if columns.len() == known || columns.is_empty() {
            let list = if table.is_optional {
                &mut missing.optional
            } else {
                &mut missing.required
            };
            list.push(format!("table {}", table.name));
            return Ok(missing);
        }
    }
}

async fn keys_and_rights(services: &Services<'_>) -> (SetupCheck, SetupCheck) {
    let mut lacking: Vec<String> = Vec::new();
    let mut in_the_way: Vec<String> = Vec::new();
    let mut forbidden: Vec<&str> = Vec::new();
    let mut error = None;
    for table in TABLES.iter().filter(|table| !table.is_optional) {
        let row = table.row();
        for key in table.keys {
            match merge(services.supabase, table.name, key, &row).await {
                Probed::WouldWrite => {}
                Probed::NoKey(key) => lacking.push(key),
                Probed::NotAllowed if forbidden.contains(&table.name) => {}
                Probed::NotAllowed => forbidden.push(table.name),
                Probed::Failed(met) => error = Some(met),
            }
        }
        if let Some(key) = table.key_in_the_way
            && let Probed::WouldWrite = merge(services.supabase, table.name, key, &row).await
        {
            in_the_way.push(format!("{} ({key})", table.name));
        }
    }
    let keys = match (lacking.as_slice(), in_the_way.as_slice()) {
        ([], []) => passed(
            SetupSubject::UniqueKeys,
            "The tables have the unique keys by which rows are written, and none that is in the way.",
        ),
        ([], in_the_way) => warning(
            SetupSubject::UniqueKeys,
            format!(
                "A unique key on {} allows a student one row in all, not one in each year.",
                listed(in_the_way)
            ),
            "Drop this unique key: a student who was stored last year is refused this year.",
        ),
        (lacking, _) => broken(
            SetupSubject::UniqueKeys,
            ErrorCode::SupabaseRefused,
            format!("There is no unique key on {}.", listed(lacking)),
            capitalised(SCHEMA_FIX),
        ),
    };
    let rights = match (forbidden.as_slice(), error) {
        ([], None) => passed(
            SetupSubject::WriteAccess,
            "The key may write to every table that a refresh writes to.",
        ),
        ([], Some(source)) => failed(
            SetupSubject::WriteAccess,
            &SyncError::Supabase {
                doing: "probing the tables",
                source,
            },
        ),
        (forbidden, _) => broken(
            SetupSubject::WriteAccess,
            ErrorCode::SupabaseRefused,
            format!("The key may not write to {}.", listed(forbidden)),
            "SUPABASE_KEY must be the project's secret key, and its role needs the usual rights: grant all on these tables to service_role.",
        ),
    };
    (keys, rights)
}

/// Read together only where a foreign key says what belongs to what.
async fn foreign_keys(services: &Services<'_>) -> SetupCheck {
    let subject = SetupSubject::ForeignKeys;
    let mut missing = Vec::new();
    for table in &TABLES {
        let Some((parent, column)) = table.belongs_to else {
            continue;
        };
        let selected = format!("id,{parent}!{column}(id)");
        let query = services
            .supabase
            .table(table.name)
            .select(selected)
            .limit(1);
        match services
            .supabase
            .read_unless_slow::<IgnoredAny>(query)
            .await
        {
            Ok(_) => {}
            Err(SupabaseError::Refused { code, .. }) if code.as_str().starts_with("PGRST20") => {
                missing.push(format!("{}.{column} to {parent}", table.name));
            }
            Err(source) => {
                let doing = "reading the foreign keys";
                return failed(subject, &SyncError::Supabase { doing, source });
            }
        }
    }
    if missing.is_empty() {
        return passed(
            subject,
            "The tables have the foreign keys by which they are read together.",
        );
    }
    broken(
        subject,
        ErrorCode::SupabaseRefused,
        format!("There is no foreign key from {}.", listed(&missing)),
        capitalised(SCHEMA_FIX),
    )
}
