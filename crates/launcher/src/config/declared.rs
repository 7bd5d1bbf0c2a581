//! The launcher's own settings, each declared once. Those of a refresh are declared in the crate `settings`.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use knack_client::View;
use secrecy::SecretString;
use settings::value::{seconds, secret, secure_url};
use settings::{Declared, Setting};

use crate::access::TokenFile;
use crate::cache::{Cache, KeyPattern};
use crate::peer::TrustedProxies;

/// A word of `LAUNCHER_AUTH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthWord {
    Token,
    KnackToken,
    None,
}

pub(super) const AUTH: Setting<Vec<AuthWord>> = Setting::without(
    "LAUNCHER_AUTH",
    "who may call: `token`, `knack-token`, both joined by a comma, or `none` (on loopback only)",
    "required; with `--demo-token`, `token` if not set",
    auth_words,
);

pub(super) const TOKENS_FILE: Setting<TokenFile> = Setting::without(
    "LAUNCHER_TOKENS_FILE",
    "the file of tokens, for `token`",
    "required with `token`",
    |text| TokenFile::open(Path::new(text)),
);

/// The same setting for those who edit that file.
pub(crate) const TOKENS_PATH: Setting<PathBuf> = Setting::without(
    TOKENS_FILE.declared().name,
    TOKENS_FILE.declared().meaning,
    "required with `token`",
    |text| Ok(PathBuf::from(text)),
);

pub(super) const STAFF_VIEW: Setting<View> = Setting::without(
    "KNACK_STAFF_VIEW",
    "`scene_…/view_…`: the view that shows a staff admin their own record, for `knack-token`",
    "required with `knack-token`",
    view,
);

pub(super) const SUPER_USER_VIEW: Setting<View> = Setting::without(
    "KNACK_SUPER_USER_VIEW",
    "the view that shows a super user their own record",
    "none: super users have the rights of their staff records only",
    view,
);

pub(super) const BIND: Setting<SocketAddr> = Setting::without(
    "LAUNCHER_BIND",
    "address and port to listen on",
    "`127.0.0.1:8080`",
    address,
);

pub(super) const PORT: Setting<u16> = Setting::without(
    "PORT",
    "the port alone, as Heroku sets it; the launcher then listens on every address. `LAUNCHER_BIND` takes precedence",
    "none",
    |text| text.parse().map_err(|_| "must be a port number".to_owned()),
);

pub(super) const CORS_ORIGINS: Setting<Vec<String>> = Setting::without(
    "LAUNCHER_CORS_ORIGINS",
    "origins of other sites whose pages may call, joined by commas",
    "none",
    origins,
);

pub(super) const TRUSTED_PROXIES: Setting<TrustedProxies> = Setting::without(
    "LAUNCHER_TRUSTED_PROXIES",
    "addresses or networks of proxies in front of the launcher, joined by commas. They may use all connections, and the last address in their `X-Forwarded-For` that is not trusted is taken as the caller's. What comes from them never counts as this machine's own",
    "none",
    TrustedProxies::parse,
);

pub(super) const MAX_CONNECTIONS: Setting<usize> = Setting::with_default(
    "LAUNCHER_MAX_CONNECTIONS",
    "how many connections may be open in all. One address (for IPv6, one /64 network) may have a quarter of them. Beyond that, a new connection replaces an idle one of the same address, or of the address with the most connections",
    "4000",
    |text| number(text, 4..=8_000),
);

pub(super) const WRITE_TIMEOUT: Setting<Duration> = Setting::with_default(
    "LAUNCHER_WRITE_TIMEOUT_SECONDS",
    "a connection is closed if its client reads nothing of a response for this long",
    "20",
    seconds,
);

pub(super) const CLI: Setting<PathBuf> = Setting::without(
    "LAUNCHER_CLI",
    "absolute path of `sync-single-establishment`, which is run with `--version` at start-up",
    "in the launcher's own folder",
    |text| {
        let path = PathBuf::from(text);
        if path.is_absolute() {
            Ok(path)
        } else {
            Err("must be an absolute path".to_owned())
        }
    },
);

pub(super) const RUN_TIMEOUT: Setting<Duration> = Setting::with_default(
    "LAUNCHER_RUN_TIMEOUT_SECONDS",
    "how long a refresh may take before it is told to stop; it gives up by itself a little earlier",
    "300",
    seconds,
);

pub(super) const STOP_GRACE: Setting<Duration> = Setting::with_default(
    "LAUNCHER_STOP_GRACE_SECONDS",
    "how long a refresh that was told to stop may take before it is killed",
    "5",
    seconds,
);

pub(super) const SHUTDOWN_PATIENCE: Setting<Duration> = Setting::with_default(
    "LAUNCHER_SHUTDOWN_PATIENCE_SECONDS",
    "how long refreshes may keep running once the launcher has been told to shut down. After that, it needs the grace period above and at most 10 seconds more: 25 seconds in all with these defaults",
    "10",
    seconds,
);

pub(super) const MAX_WAIT: Setting<Duration> = Setting::with_default(
    "LAUNCHER_MAX_WAIT",
    "a waiting caller gets 202 and the run's address after this many seconds",
    "300",
    seconds,
);

pub(super) const MAX_RUNS: Setting<usize> = Setting::with_default(
    "LAUNCHER_MAX_RUNS",
    "how many refreshes may run at once",
    "4",
    |text| number(text, 1..=64),
);

pub(super) const MAX_QUEUE: Setting<usize> = Setting::with_default(
    "LAUNCHER_MAX_QUEUE",
    "how many refreshes may wait in the queue; beyond that, requests get 503",
    "20",
    |text| number(text, 0..=1_000),
);

pub(super) const COOLDOWN: Setting<Duration> = Setting::with_default(
    "LAUNCHER_COOLDOWN_SECONDS",
    "cooldown of a school after a success",
    "300",
    cooldown,
);

pub(super) const FAILURE_COOLDOWN: Setting<Duration> = Setting::with_default(
    "LAUNCHER_FAILURE_COOLDOWN_SECONDS",
    "cooldown of a school after a failure and, from the third cancellation within ten minutes, after a cancellation",
    "30",
    cooldown,
);

pub(super) const STALE_HOURS: Setting<Duration> = Setting::with_default(
    "LAUNCHER_STALE_HOURS",
    "data older than this is reported as stale",
    "24",
    |text| number(text, 1..=8_760).map(Duration::from_hours),
);

pub(super) const REQUESTS_PER_MINUTE: Setting<u32> = Setting::with_default(
    "LAUNCHER_REQUESTS_PER_MINUTE",
    "how many requests one caller may make in a minute",
    "300",
    |text| number(text, 1..=1_000_000),
);

pub(super) const PERMISSION: Setting<Duration> = Setting::with_default(
    "LAUNCHER_PERMISSION_SECONDS",
    "how long Knack's answer about a user is remembered, up to 600",
    "300",
    seconds,
);

pub(super) const METRICS_BIND: Setting<SocketAddr> = Setting::without(
    "LAUNCHER_METRICS_BIND",
    "an address and port of its own for `/metrics`, such as `127.0.0.1:9464`; it is then served there and nowhere else. Without `LAUNCHER_METRICS_TOKEN`, it must be a loopback address",
    "none: served with everything else",
    address,
);

pub(super) const METRICS_TOKEN: Setting<SecretString> = Setting::without(
    "LAUNCHER_METRICS_TOKEN",
    "a bearer token for `/metrics`",
    "none: `/metrics` answers only requests that come from this machine to `127.0.0.1` or `localhost`, and not through a proxy or from a trusted proxy's address",
    secret,
)
.secret();

/// The word of `COORDINATOR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CoordinatorWord {
    Memory,
    Redis,
}

pub(super) const COORDINATOR: Setting<CoordinatorWord> = Setting::with_default(
    "COORDINATOR",
    "`memory` for a launcher that works alone, `redis` for several that agree through `REDIS_URL`; see [Several launchers](#several-launchers)",
    "memory",
    |text| match text {
        "memory" => Ok(CoordinatorWord::Memory),
        "redis" => Ok(CoordinatorWord::Redis),
        _ => Err("must be memory or redis".to_owned()),
    },
);

pub(super) const COORDINATOR_LEASE: Setting<Duration> = Setting::with_default(
    "COORDINATOR_LEASE_SECONDS",
    "with `COORDINATOR=redis`: after this time, the schools of a launcher that has died are free. The same for all launchers",
    "30",
    |text| number(text, 1..=600).map(Duration::from_secs),
);

pub(super) const REDIS_URL: Setting<redis::Client> = Setting::without(
    "REDIS_URL",
    "the dashboard's Redis: its cache, and with `COORDINATOR=redis` what launchers agree on",
    "none: there is no cache to clear",
    |text| {
        Cache::client(text)
            .ok_or_else(|| "must be like redis://host:6379/0 or rediss://…".to_owned())
    },
)
.secret();

pub(super) const CACHE_PATTERNS: Setting<Vec<KeyPattern>> = Setting::without(
    "LAUNCHER_CACHE_PATTERNS",
    "patterns of the keys to clear, joined by commas, with `{id}` for either of the school's ids and `{md5:…}` for the MD5 of a text that may hold `{id}`",
    "those of today's dashboard",
    |text| {
        let patterns = text
            .split(',')
            .map(|pattern| KeyPattern::parse(pattern.trim()));
        patterns.collect::<Option<_>>().ok_or_else(|| {
            "must be patterns joined by commas, each with {id} for the school; a {md5:…} ends with } and holds no * or ?".to_owned()
        })
    },
);

/// All of them, as the documents list them.
pub(crate) const ALL: [Declared; 28] = [
    AUTH.declared(),
    TOKENS_FILE.declared(),
    STAFF_VIEW.declared(),
    SUPER_USER_VIEW.declared(),
    BIND.declared(),
    PORT.declared(),
    CORS_ORIGINS.declared(),
    TRUSTED_PROXIES.declared(),
    MAX_CONNECTIONS.declared(),
    WRITE_TIMEOUT.declared(),
    CLI.declared(),
    RUN_TIMEOUT.declared(),
    STOP_GRACE.declared(),
    SHUTDOWN_PATIENCE.declared(),
    MAX_WAIT.declared(),
    MAX_RUNS.declared(),
    MAX_QUEUE.declared(),
    COOLDOWN.declared(),
    FAILURE_COOLDOWN.declared(),
    STALE_HOURS.declared(),
    REQUESTS_PER_MINUTE.declared(),
    PERMISSION.declared(),
    METRICS_BIND.declared(),
    METRICS_TOKEN.declared(),
    REDIS_URL.declared(),
    CACHE_PATTERNS.declared(),
    COORDINATOR.declared(),
    COORDINATOR_LEASE.declared(),
];

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an address and a port, such as 127.0.0.1:8080".to_owned())
}

fn auth_words(text: &str) -> Result<Vec<AuthWord>, String> {
    let words: Result<Vec<AuthWord>, String> = text
        .split(',')
        .map(|word| match word.trim() {
            "token" => Ok(AuthWord::Token),
            "knack-token" => Ok(AuthWord::KnackToken),
            "none" => Ok(AuthWord::None),
            _ => {
                Err("must be `token`, `knack-token`, both joined by a comma, or `none`".to_owned())
            }
        })
        .collect();
    let words = words?;
    if words.contains(&AuthWord::None) && words.len() > 1 {
        return Err("must not contain `none` together with another mode".to_owned());
    }
    Ok(words)
}

fn view(text: &str) -> Result<View, String> {
    text.parse::<View>()
        .map_err(|error| format!("is not a view: {error}"))
}

/// Origins as browsers send them. `null` would be every sandboxed frame of the world, and `*` everyone; within a name, `*`
/// would match itself only, and so nobody.
fn origins(text: &str) -> Result<Vec<String>, String> {
    let is_origin = |text: &str| {
        !text.contains('*')
            && secure_url(text).is_ok_and(|url| url.origin().ascii_serialization() == text)
    };
    let origins: Vec<String> = text.split(',').map(|word| word.trim().to_owned()).collect();
    if origins.iter().all(|origin| is_origin(origin)) {
        Ok(origins)
    } else {
        Err("must be origins joined by commas, such as https://vespaacademy.knack.com".to_owned())
    }
}

fn cooldown(text: &str) -> Result<Duration, String> {
    number(text, 0..=86_400).map(Duration::from_secs)
}

fn number<N: FromStr + PartialOrd + Display>(
    text: &str,
    range: RangeInclusive<N>,
) -> Result<N, String> {
    match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "must be a whole number from {} to {}",
            range.start(),
            range.end()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{of_client, of_notify};

    #[test]
    fn every_setting_is_in_the_documents_as_it_is_declared() {
        let document = include_str!("../../../../docs/operating.md");
        let missing: Vec<String> = [settings::of_refresh(), settings::of_check()]
            .concat()
            .iter()
            .chain(&ALL)
            .chain(&of_client::ALL)
            .chain(&of_notify::ALL)
            .map(Declared::row)
            .filter(|row| !document.lines().any(|line| line == row))
            .collect();
        assert!(missing.is_empty(), "\n{}", missing.join("\n"));
    }

    #[test]
    fn no_setting_is_declared_twice() {
        let mut names: Vec<&str> = [settings::of_refresh(), settings::of_check()]
            .concat()
            .iter()
            .chain(&ALL)
            .chain(&of_client::ALL)
            .chain(&of_notify::ALL)
            .flat_map(Declared::names)
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
