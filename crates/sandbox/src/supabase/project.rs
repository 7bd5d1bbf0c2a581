//! The committed Supabase project: its configuration template, and Supabase Lite itself.
//!
//! Must never write there: what an instance needs is copied into the instance's own folder.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/supabase");
const CONFIG: &str = include_str!("../../supabase/supabase/config.toml.template");

/// The `lite` program. Node runs it.
pub(crate) fn lite() -> Result<PathBuf> {
    let lite = Path::new(ROOT).join("node_modules/@supabase/lite/dist/cli/index.js");
    ensure!(
        lite.is_file(),
        "Supabase Lite is not installed, and nothing was changed; scripts/setup demo installs it"
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
