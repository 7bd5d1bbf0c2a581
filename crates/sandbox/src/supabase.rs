//! Supabase Lite as a child process, embedded or on PostgreSQL.
//!
//! Owns an instance's folder, keys and port. The instance always runs with admin mode off, because otherwise a
//! request without a key would have every right; it must never listen anywhere but on this machine.

mod establishments;
pub(crate) mod http;
mod instance;
mod keys;
pub(crate) mod project;

use std::path::PathBuf;

use anyhow::Result;

use crate::process::{self, Process};

pub use self::establishments::{EstablishmentSeed, establishment_id};

use self::keys::Keys;
const START_ATTEMPTS: u32 = 3;

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

/// A running instance. Dropping it ends it.
#[derive(Debug)]
pub struct Supabase {
    url: String,
    keys: Keys,
    client: reqwest::Client,
    _process: Process,
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

impl Supabase {
    /// Starts an instance and waits until it answers.
    pub async fn start(options: SupabaseOptions) -> Result<Self> {
        let keys = options
            .keys
            .clone()
            .map_or_else(Keys::generate, |(publishable, secret)| Keys {
                publishable,
                secret,
            });
        let client = http::client();
        let mut attempt = 1;
        let (url, process) = loop {
            match instance::start(&options, &keys, &client).await {
                Ok(started) => break started,
                Err(error)
                    if options.port == 0
                        && process::port_was_taken(&error)
                        && attempt < START_ATTEMPTS =>
                {
                    attempt += 1;
                }
                Err(error) => {
                    return Err(
                        error.context("Supabase Lite does not start; scripts/setup installs it")
                    );
                }
            }
        };
        Ok(Self {
            url,
            keys,
            client,
            _process: process,
        })
    }

    /// Where it listens, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key with every right: `sb_secret_…`.
    pub fn secret_key(&self) -> &str {
        &self.keys.secret
    }

    /// The key without any right here: `sb_publishable_…`.
    pub fn publishable_key(&self) -> &str {
        &self.keys.publishable
    }
}
