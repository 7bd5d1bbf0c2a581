//! How an instance is started.

use std::path::PathBuf;

/// What keeps the rows.
#[derive(Debug, Clone)]
pub enum Driver {
    /// `PGlite`, inside Supabase Lite. Needs no database server.
    Embedded {
        /// Kept from one run to the next. Made where it does not exist; one instance at a time.
        data: PathBuf,
    },
    /// A database of a PostgreSQL cluster that has the schema, as [`crate::postgres::Cluster::database`] makes it.
    Postgres {
        /// How to connect to it.
        url: String,
    },
}

/// How to start an instance.
#[derive(Debug, Clone)]
pub struct SupabaseOptions {
    /// What keeps the rows.
    pub driver: Driver,
    /// At most this many rows are read at once, and the rest is left out without a word.
    pub max_rows: u32,
    /// 0 takes any free port.
    pub port: u16,
    /// Both keys, where they must be known beforehand; new ones otherwise.
    pub keys: Option<(String, String)>,
}

impl SupabaseOptions {
    /// As Supabase is set up by default: 1,000 rows a read.
    pub fn new(driver: Driver) -> Self {
        Self {
            driver,
            max_rows: 1_000,
            port: 0,
            keys: None,
        }
    }

    /// Reads at most `max_rows` rows at once.
    #[must_use]
    pub fn max_rows(mut self, max_rows: u32) -> Self {
        self.max_rows = max_rows;
        self
    }

    /// Listens on `port`.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Uses these keys: `sb_publishable_…` and `sb_secret_…`.
    #[must_use]
    pub fn keys(mut self, publishable: impl Into<String>, secret: impl Into<String>) -> Self {
        self.keys = Some((publishable.into(), secret.into()));
        self
    }
}
