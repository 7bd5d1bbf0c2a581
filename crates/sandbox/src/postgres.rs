//! Private, throw-away PostgreSQL clusters.
//!
//! Owns a cluster in a temporary folder, tuned to be quick and to forget: it must never hold anything
//! that is wanted later. Databases are copies of one template that has the dashboard's schema.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use dashboard::schema::MIGRATIONS;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};

use crate::process::{self, Process, Program};
use crate::time_limit;

/// The user who owns everything. Connections from this machine are trusted.
const SUPERUSER: &str = "postgres";
const TEMPLATE: &str = "dashboard_template";
const START_LIMIT: Duration = Duration::from_mins(1);
const START_ATTEMPTS: u32 = 3;

/// Makes a cluster where there is none, then becomes its server. Durability is switched off throughout.
const START: &str = r#"
"$1/initdb" --pgdata="$2/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
  --no-sync --no-instructions || exit 1
exec "$1/postgres" -D "$2/data" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c max_connections=200 \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 \
  -c shared_buffers=64MB -c autovacuum_naptime=10 -c timezone=UTC
"#;

/// The roles that Supabase gives its API.
const ROLES: &str = "
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
";

/// A running cluster. Dropping it ends the server and removes its folder.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    _process: Process,
}

/// One database of a cluster, with the dashboard's schema.
#[derive(Debug, Clone)]
pub struct Database {
    url: String,
}

impl Cluster {
    /// Starts a new cluster.
    pub async fn start() -> Result<Self> {
        time_limit::watch();
        let binaries = binaries()?;
        let mut attempt = 1;
        let cluster = loop {
            match Self::start_once(&binaries).await {
                Ok(cluster) => break cluster,
                Err(error) if process::port_was_taken(&error) && attempt < START_ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        };
        cluster
            .make_template()
            .await
            .context("cannot apply the migrations")?;
        Ok(cluster)
    }

    /// The cluster that all of this process shares. It ends with the process.
    pub async fn shared() -> Result<&'static Self> {
        static SHARED: OnceCell<Cluster> = OnceCell::const_new();
        time_limit::watch();
        SHARED.get_or_try_init(Self::start).await
    }

    /// A new, empty database with the dashboard's schema. Fails if `name` is taken.
    pub async fn database(&self, name: &str) -> Result<Database> {
        let client = connect(&self.url("postgres")).await?;
        client
            .batch_execute(&format!(
                "create database {} template {TEMPLATE}",
                quoted(name)
            ))
            .await
            .with_context(|| format!("cannot create the database {name}"))?;
        Ok(Database {
            url: self.url(name),
        })
    }

    async fn start_once(binaries: &Path) -> Result<Self> {
        let user = process::unprivileged_user("postgres")?;
        let folder = process::private_folder("postgres", user.as_ref())?;
        let port = process::free_port()?;
        let mut command = Command::new("sh");
        command
            .args(["-c", START, "postgres"])
            .arg(binaries)
            .arg(&folder)
            .arg(port.to_string());
        command.current_dir(&folder);
        let mut process = Process::start(&Program {
            command,
            signal: "QUIT", // ends its sessions too, and at once
            log: folder.join("output.log"),
            folder: Some(folder),
            lock: None,
            user,
        })?;
        let url = url(port, "postgres");
        process
            .ready(START_LIMIT, async || connect(&url).await.is_ok())
            .await?;
        Ok(Self {
            port,
            _process: process,
        })
    }

    async fn make_template(&self) -> Result<()> {
        let client = connect(&self.url("postgres")).await?;
        client.batch_execute(ROLES).await?;
        client
            .batch_execute(&format!("create database {TEMPLATE}"))
            .await?;
        let client = connect(&self.url(TEMPLATE)).await?;
        for migration in MIGRATIONS {
            client
                .batch_execute(migration.sql)
                .await
                .with_context(|| format!("migration {}", migration.name))?;
        }
        Ok(())
    }

    fn url(&self, database: &str) -> String {
        url(self.port, database)
    }
}

impl Database {
    /// For `tokio-postgres`, `psql` and Supabase Lite alike.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection as the owner of everything, past row-level security.
    pub async fn connect(&self) -> Result<Client> {
        connect(&self.url).await
    }
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://{SUPERUSER}@127.0.0.1:{port}/{database}")
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection); // ends when the client is dropped
    Ok(client)
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// The newest installed server's folder of programs: Debian keeps one per version, others have it on PATH.
fn binaries() -> Result<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let Some(folder) = FOUND.get_or_init(find_binaries) else {
        bail!("PostgreSQL's server programs are not installed: run scripts/setup");
    };
    Ok(folder.clone())
}

fn find_binaries() -> Option<PathBuf> {
    let debian = Path::new("/usr/lib/postgresql")
        .read_dir()
        .into_iter()
        .flatten();
    let newest = debian
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let version: u32 = folder.file_name()?.to_str()?.parse().ok()?;
            let binaries = folder.join("bin");
            binaries
                .join("initdb")
                .is_file()
                .then_some((version, binaries))
        })
        .max();
    if let Some((_, binaries)) = newest {
        return Some(binaries);
    }
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let binaries = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    binaries.join("initdb").is_file().then_some(binaries)
}
