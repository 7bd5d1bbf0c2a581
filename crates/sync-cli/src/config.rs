//! The configuration of a refresh, from the environment: how both services are reached, and which run this is.

use std::time::Duration;

use settings::{Environment, HttpClients, InvalidSettings, KnackConnection, Reader, RunIdentity};

#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) knack: KnackConnection,
    pub(crate) supabase: supabase_client::Settings,
    /// The HTTP clients for those two.
    pub(crate) clients: HttpClients,
    pub(crate) run: RunIdentity,
    /// How long an outage of either is waited out.
    pub(crate) outage_patience: Duration,
    /// Whether question answers are read too.
    pub(crate) with_answers: bool,
    /// How many of Knack's requests of the day are left alone.
    pub(crate) min_daily_allowance: u64,
}

impl Config {
    /// Reads it, and names everything that is wrong with it at once.
    pub(crate) fn read(environment: &Environment) -> Result<Self, InvalidSettings> {
        let mut reader = Reader::of(environment);
        let knack = settings::knack(&mut reader);
        let supabase = settings::supabase(&mut reader);
        let run = settings::run_identity(&mut reader);
        let outage_patience = settings::outage_patience(&mut reader);
        let with_answers = settings::with_answers(&mut reader);
        let min_daily_allowance = settings::min_daily_allowance(&mut reader);
        reader.finish()?;
        let all_read = "what cannot be read is a problem";
        let (knack, supabase) = knack.zip(supabase).expect(all_read);
        let outage_patience = outage_patience.expect(all_read);
        let with_answers = with_answers.expect(all_read);
        let min_daily_allowance = min_daily_allowance.expect(all_read);
        let clients = settings::clients(environment, &knack.base_url, &supabase.project_url)?;
        Ok(Self {
            knack,
            supabase,
            clients,
            run,
            outage_patience,
            with_answers,
            min_daily_allowance,
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
        let variables = variables.into_iter();
        let variables = variables.map(|(name, value)| (name.to_owned(), value.into()));
        Config::read(&Environment::of(variables))
    }

    #[test]
    fn four_settings_are_enough() {
        let config = read(&[]).unwrap();
        assert_eq!(config.knack.base_url.as_str(), "https://api.knack.com/v1");
        assert_eq!(config.knack.timeout.as_secs(), 60);
        assert!(config.with_answers);
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
            ("SYNC_ANSWERS", "canary"),
            ("SYNC_MIN_DAILY_ALLOWANCE", "canary"),
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
            "SYNC_ANSWERS must",
            "SYNC_MIN_DAILY_ALLOWANCE must",
            "SYNC_STARTED_BY must",
        ] {
            assert!(error.contains(name), "{name}: {error}");
        }
        assert!(!error.contains("canary"));
    }

    #[test]
    fn aliases_are_read_too() {
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
