//! What the environment says to a refresh: how to reach both sides, and which run this is.

use connections::{Environment, InvalidSettings, KnackConnection, Reader, value};
use uuid::Uuid;

/// Everything the environment says.
#[derive(Debug)]
pub struct Config {
    /// How Knack is reached.
    pub knack: KnackConnection,
    /// How Supabase is reached.
    pub supabase: supabase_client::Settings,
    /// This run's id, when whoever started us gave it one.
    pub run_id: Option<Uuid>,
    /// Who asked for it: a token's name or a staff record's id.
    pub started_by: Option<String>,
}

impl Config {
    /// Reads the process's environment and `.env`.
    pub fn from_environment() -> Result<Self, InvalidSettings> {
        Self::read(Environment::load()?.reader())
    }

    fn read<L: Fn(&str) -> Option<String>>(mut reader: Reader<L>) -> Result<Self, InvalidSettings> {
        let knack = connections::knack(&mut reader);
        let supabase = connections::supabase(&mut reader);
        let run_id = reader.optional("SYNC_RUN_ID", |text| {
            text.parse().map_err(|_| "must be a UUID".to_owned())
        });
        let started_by = reader.optional("SYNC_STARTED_BY", value::short_name);
        reader.finish()?;
        let (knack, supabase) = knack
            .zip(supabase)
            .expect("what cannot be read is a problem");
        Ok(Self {
            knack,
            supabase,
            run_id,
            started_by,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const GOOD: [(&str, &str); 4] = [
        ("KNACK_APP_ID", "61680fc13a0bfd001e8ca3ca"),
        ("KNACK_API_KEY", "knack-canary"),
        ("SUPABASE_URL", "https://project.example"),
        ("SUPABASE_KEY", "sb_secret_canary"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<Config, InvalidSettings> {
        let mut variables: HashMap<_, _> = GOOD.into_iter().collect();
        variables.extend(changes.iter().copied());
        Config::read(Reader::new(|name: &str| {
            variables.get(name).map(|value| (*value).to_owned())
        }))
    }

    #[test]
    fn four_settings_are_enough() {
        let config = read(&[]).unwrap();
        assert_eq!(config.knack.base_url.as_str(), "https://api.knack.com/v1");
        assert_eq!(config.knack.timeout.as_secs(), 60);
    }

    #[test]
    fn everything_wrong_is_named_at_once_and_no_value_is_repeated() {
        let error = read(&[
            ("KNACK_APP_ID", "canary-app"),
            ("KNACK_API_KEY", " "),
            ("KNACK_API_URL", "http://api.canary.example"),
            ("SUPABASE_URL", "canary"),
            ("SUPABASE_KEY", "sb_publishable_canary"),
            ("KNACK_BUDGET", "canary"),
            ("SYNC_STARTED_BY", "canary@example.test"),
        ])
        .unwrap_err()
        .to_string();
        for name in [
            "KNACK_APP_ID must",
            "KNACK_API_KEY is not set",
            "KNACK_API_URL must",
            "SUPABASE_URL must",
            "SUPABASE_KEY is a publishable key",
            "KNACK_BUDGET must",
            "SYNC_STARTED_BY must",
        ] {
            assert!(error.contains(name), "{name}: {error}");
        }
        assert!(!error.contains("canary"));
    }

    #[test]
    fn aliases_stand_in() {
        let aliased = read(&[
            ("KNACK_APP_ID", ""),
            ("KNACK_APPLICATION_ID", "61680fc13a0bfd001e8ca3cb"),
            ("SUPABASE_KEY", ""),
            ("SUPABASE_SERVICE_ROLE_KEY", "sb_secret_other"),
        ]);
        assert_eq!(aliased.unwrap().knack.app_id, "61680fc13a0bfd001e8ca3cb");
    }

    #[test]
    fn keys_travel_unencrypted_only_within_the_machine() {
        for (url, accepted) in [
            ("http://127.0.0.1:54321", true),
            ("http://localhost:54321", true),
            ("http://[::1]:54321", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
            ("ftp://localhost", false),
            ("https://user:pass@project.example", false),
            ("https://project.example/rest/v1", false),
            ("https://project.example/#settings", false),
        ] {
            assert_eq!(read(&[("SUPABASE_URL", url)]).is_ok(), accepted, "{url}");
        }
    }
}
