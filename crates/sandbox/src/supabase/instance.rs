//! One instance: its folder, its configuration, its process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use dashboard::schema::MIGRATIONS;

use crate::process::{self, Process, Program};

use super::keys::Keys;
use super::options::{Driver, SupabaseOptions};
use super::project;

const START_LIMIT: Duration = Duration::from_mins(1);
/// An embedded database is made from nothing the first time, which takes a busy machine a while.
const MIGRATE_LIMIT: Duration = Duration::from_mins(3);

/// Starts an instance once and waits until it answers. Gives its address.
pub(super) async fn start(
    options: &SupabaseOptions,
    keys: &Keys,
    client: &reqwest::Client,
) -> Result<(String, Process)> {
    let port = if options.port == 0 {
        process::free_port()?
    } else {
        options.port
    };
    let instance = Instance::prepare(options, port)?;
    if instance.persistent {
        instance
            .migrate()
            .await
            .context("cannot apply the migrations")?;
    }
    let mut process = Process::start(&instance.program(&["start", "--no-admin"], keys)?)?;
    let url = format!("http://127.0.0.1:{port}");
    process
        .ready(START_LIMIT, async || {
            answers(client, &url, &keys.secret).await
        })
        .await?;
    Ok((url, process))
}

struct Instance {
    folder: PathBuf,
    /// Whether the rows are in the folder, which is then kept.
    persistent: bool,
}

impl Instance {
    fn prepare(options: &SupabaseOptions, port: u16) -> Result<Self> {
        let (folder, driver, url, persistent) = match &options.driver {
            Driver::Embedded { data } => {
                fs::create_dir_all(data)
                    .with_context(|| format!("cannot make {}", data.display()))?;
                (data.canonicalize()?, "pglite", "rows".to_owned(), true)
            }
            Driver::Postgres { url } => (
                process::private_folder("supabase", None)?,
                "postgres",
                url.clone(),
                false,
            ),
        };
        let instance = Self { folder, persistent };
        let migrations = instance.path("supabase/migrations");
        fs::create_dir_all(&migrations)?;
        for migration in MIGRATIONS {
            fs::write(migrations.join(migration.name), migration.sql)?;
        }
        let config = project::config(driver, &url, port, options.max_rows);
        fs::write(instance.path("supabase/config.toml"), config)?;
        fs::write(instance.log(), "")?;
        Ok(instance)
    }

    /// Applies what this folder has not seen. A database of a cluster comes with its schema.
    async fn migrate(&self) -> Result<()> {
        let wanted: String = MIGRATIONS.iter().map(|migration| migration.sql).collect();
        let stamp = self.path("migrated.sql");
        if fs::read_to_string(&stamp).is_ok_and(|applied| applied == wanted) {
            return Ok(());
        }
        let mut process = Process::start(&self.program(&["migration", "up"], &Keys::generate())?)?;
        process.finished(MIGRATE_LIMIT).await?;
        fs::write(stamp, wanted)?;
        Ok(())
    }

    fn program(&self, arguments: &[&str], keys: &Keys) -> Result<Program> {
        let mut command = Command::new("node");
        command
            .arg(project::lite()?)
            .args(arguments)
            .current_dir(&self.folder)
            .env("HOME", &self.folder) // Supabase Lite writes there
            .env("DO_NOT_TRACK", "1")
            .env("LITE_TELEMETRY", "0")
            .env("SUPABASE_PUBLISHABLE_KEY", &keys.publishable)
            .env("SUPABASE_SECRET_KEY", &keys.secret);
        Ok(Program {
            command,
            signal: "TERM",
            log: self.log(),
            folder: (!self.persistent).then(|| self.folder.clone()),
            lock: self.persistent.then(|| self.path("lock")),
            user: None,
        })
    }

    fn log(&self) -> PathBuf {
        self.path("output.log")
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }
}

/// Whether it is ours that listens there: only ours knows the key.
async fn answers(client: &reqwest::Client, url: &str, secret: &str) -> bool {
    let answer = client
        .get(format!("{url}/rest/v1/sync_logs?select=id&limit=1"))
        .header("apikey", secret)
        .timeout(Duration::from_secs(5))
        .send()
        .await;
    answer.is_ok_and(|answer| answer.status().is_success())
}
