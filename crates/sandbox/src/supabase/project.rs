//! The committed Supabase project: its migrations, its configuration template, Supabase Lite itself.
//!
//! Must never write there: what an instance needs is copied into the instance's own folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/supabase");
const CONFIG: &str = include_str!("../../supabase/supabase/config.toml.template");

/// One file of `supabase/migrations`.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) name: String,
    pub(crate) sql: String,
}

/// Every migration, in the order in which they are applied.
pub(crate) fn migrations() -> Result<Vec<Migration>> {
    let folder = Path::new(ROOT).join("supabase/migrations");
    let mut files = fs::read_dir(&folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    files.sort();
    files
        .iter()
        .map(|file| {
            let sql = fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Ok(Migration { name, sql })
        })
        .collect()
}

/// The `lite` program. Node runs it.
pub(super) fn lite() -> Result<PathBuf> {
    let lite = Path::new(ROOT).join("node_modules/@supabase/lite/dist/cli/index.js");
    ensure!(
        lite.is_file(),
        "Supabase Lite is not installed: run scripts/setup"
    );
    Ok(lite)
}

/// The configuration of one instance.
pub(super) fn config(driver: &str, url: &str, port: u16, max_rows: u32) -> String {
    CONFIG
        .replace("{{driver}}", driver)
        .replace("{{url}}", url)
        .replace("{{port}}", &port.to_string())
        .replace("{{max_rows}}", &max_rows.to_string())
}
