//! Settings from the environment, or from a `.env` file in the working directory. The one place that reads either.
//!
//! Everything that is wrong is named in one message, by variable; no value is ever repeated.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use knack_client::Budget;
use secrecy::SecretString;
use supabase_client::ServiceKey;
use sync_protocol::KnackRecordId;
use url::{Host, Url};
use uuid::Uuid;

const KNACK_API_URL: &str = "https://api.knack.com/v1";
const KNACK_TIMEOUT: Duration = Duration::from_mins(1);
const SUPABASE_TIMEOUT: Duration = Duration::from_secs(15);

/// Everything the environment says.
#[derive(Debug)]
pub struct Config {
    /// How Knack is reached.
    pub knack: KnackConfig,
    /// How Supabase is reached.
    pub supabase: supabase_client::Settings,
    /// This run's id, when whoever started us gave it one.
    pub run_id: Option<Uuid>,
    /// Who asked for it: a token's name or a staff record's id.
    pub started_by: Option<String>,
}

/// Knack's part.
#[derive(Debug)]
#[expect(missing_docs, reason = "see knack_client::Settings")]
pub struct KnackConfig {
    pub base_url: Url,
    pub app_id: String,
    pub api_key: SecretString,
    pub timeout: Duration,
    pub budget: Budget,
}

/// Settings that are missing or malformed.
#[derive(Debug, thiserror::Error)]
#[error("Settings are missing or malformed: {}.", .0.join("; "))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Reads the process's environment and `.env`; real variables win.
    #[expect(clippy::disallowed_methods, reason = "this is the one reader")]
    pub fn from_environment() -> Result<Self, ConfigError> {
        let from_file = match dotenvy::from_path_iter(".env") {
            Ok(lines) => lines.collect::<Result<HashMap<_, _>, _>>(),
            Err(error) if error.not_found() => Ok(HashMap::new()),
            Err(error) => Err(error),
        };
        // The error quotes the line, which may hold a key.
        let from_file =
            from_file.map_err(|_| ConfigError(vec!["the file .env cannot be read".to_owned()]))?;
        Self::read(|name| {
            std::env::var(name)
                .ok()
                .or_else(|| from_file.get(name).cloned())
        })
    }

    /// Reads from `lookup`, for tests too.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader {
            lookup,
            problems: Vec::new(),
        };
        let app_id = reader.required(&["KNACK_APP_ID", "KNACK_APPLICATION_ID"], |text| {
            text.parse::<KnackRecordId>()
                .map(|id| id.to_string())
                .map_err(|_| "must be 24 hexadecimal digits".to_owned())
        });
        let api_key = reader.required(&["KNACK_API_KEY"], header_safe);
        let base_url = reader.optional("KNACK_API_URL", secure_url);
        let project_url = reader.required(&["SUPABASE_URL"], project_url);
        let key = reader.required(
            &[
                "SUPABASE_KEY",
                "SUPABASE_SERVICE_KEY",
                "SUPABASE_SERVICE_ROLE_KEY",
            ],
            |text| ServiceKey::parse(text).map_err(|error| error.to_string()),
        );
        let budget = reader.optional("KNACK_BUDGET", |text| {
            Budget::parse(text).map_err(|_| "must be like file:/absolute/path".to_owned())
        });
        let knack_timeout = reader.optional("KNACK_TIMEOUT_SECONDS", seconds);
        let supabase_timeout = reader.optional("SUPABASE_TIMEOUT_SECONDS", seconds);
        let run_id = reader.optional("SYNC_RUN_ID", |text| {
            text.parse().map_err(|_| "must be a UUID".to_owned())
        });
        let started_by = reader.optional("SYNC_STARTED_BY", short_name);

        let (Some(app_id), Some(api_key), Some(project_url), Some(key), []) = (
            app_id,
            api_key,
            project_url,
            key,
            reader.problems.as_slice(),
        ) else {
            return Err(ConfigError(reader.problems));
        };
        Ok(Self {
            knack: KnackConfig {
                base_url: base_url
                    .unwrap_or_else(|| Url::parse(KNACK_API_URL).expect("the default is a URL")),
                budget: budget.unwrap_or_else(|| default_budget(&app_id)),
                app_id,
                api_key,
                timeout: knack_timeout.unwrap_or(KNACK_TIMEOUT),
            },
            supabase: supabase_client::Settings {
                project_url,
                key,
                timeout: supabase_timeout.unwrap_or(SUPABASE_TIMEOUT),
            },
            run_id,
            started_by,
        })
    }
}

struct Reader<L> {
    lookup: L,
    problems: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    /// The first of `names` that is set and not blank.
    fn required<T>(
        &mut self,
        names: &[&str],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let set = names
            .iter()
            .find_map(|name| Some((*name, self.value(name)?)));
        let Some((name, value)) = set else {
            self.problems.push(format!("{} is not set", names[0]));
            return None;
        };
        self.parsed(name, &value, parse)
    }

    fn optional<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let value = self.value(name)?;
        self.parsed(name, &value, parse)
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        value: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(value.trim()) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(format!("{name} {problem}"));
                None
            }
        }
    }
}

/// Keys travel only encrypted, or not at all.
fn secure_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "must be a URL".to_owned())?;
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err("must be a URL without a user, password or query".to_owned());
    }
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback => Ok(url),
        _ => Err("must begin with https:// (http:// only for this machine itself)".to_owned()),
    }
}

/// The paths below it are ours to add.
fn project_url(text: &str) -> Result<Url, String> {
    let url = secure_url(text)?;
    if url.path() == "/" {
        Ok(url)
    } else {
        Err("must be the project's URL alone, without a path such as /rest/v1".to_owned())
    }
}

fn header_safe(text: &str) -> Result<SecretString, String> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(SecretString::from(text))
    } else {
        Err("holds characters that no key has".to_owned())
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "must be a number of seconds".to_owned())?;
    if (0.1..=600.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must lie between 0.1 and 600 seconds".to_owned())
    }
}

/// Goes into the log row, so it must not be an e-mail or a line break.
fn short_name(text: &str) -> Result<String, String> {
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || " ._:-".contains(c);
    if text.len() <= 64 && text.chars().all(is_name_char) {
        Ok(text.to_owned())
    } else {
        Err("must be at most 64 letters, digits, spaces or . _ : -".to_owned())
    }
}

/// One file for each app and user. Not in the session's runtime folder, which cron does not have.
fn default_budget(app_id: &str) -> Budget {
    let user = nix::unistd::getuid();
    let folder = std::env::temp_dir().join(format!("vespa-sync-{user}"));
    Budget::file(folder.join(format!("knack-{app_id}.budget")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 4] = [
        ("KNACK_APP_ID", "61680fc13a0bfd001e8ca3ca"),
        ("KNACK_API_KEY", "knack-canary"),
        ("SUPABASE_URL", "https://project.example"),
        ("SUPABASE_KEY", "sb_secret_canary"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut variables: HashMap<_, _> = GOOD.into_iter().collect();
        variables.extend(changes.iter().copied());
        Config::read(|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn four_settings_are_enough() {
        let config = read(&[]).unwrap();
        assert_eq!(config.knack.base_url.as_str(), "https://api.knack.com/v1");
        assert_eq!(config.knack.timeout, KNACK_TIMEOUT);
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
