//! Supabase Lite as a child process, embedded or on PostgreSQL.
//!
//! Owns an instance's folder, keys and port. The instance always runs with admin mode off, because otherwise a
//! request without a key would have every right; it must never listen anywhere but on this machine.

mod establishments;
pub(crate) mod http;
mod instance;
mod keys;
mod options;
pub(crate) mod project;

use anyhow::Result;

use crate::process::{self, Process};

pub use self::establishments::{EstablishmentSeed, establishment_id};
pub use self::options::{Driver, SupabaseOptions};

use self::keys::Keys;

const START_ATTEMPTS: u32 = 3;

/// A running instance. Dropping it ends it.
#[derive(Debug)]
pub struct Supabase {
    url: String,
    keys: Keys,
    client: reqwest::Client,
    _process: Process,
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
                    return Err(error.context("Supabase Lite does not start"));
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
