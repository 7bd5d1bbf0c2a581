//! The launcher's settings, from the environment or a `.env` file and from the command line. All mistakes are reported in one
//! message, and no value is ever repeated.

mod auth;
pub(crate) mod declared;
mod misspelt;
pub(crate) mod of_client;
pub(crate) mod of_notify;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use redis::Client;
use secrecy::SecretString;
use settings::{Environment, HttpClients, InvalidSettings, KnackConnection, Reader};

use crate::access::{AuthMode, NewToken, SignIn};
use crate::args::ServeArgs;
use crate::cache::Cache;
use crate::cooldown::Cooldown;
use crate::http::{HttpConfig, INDEX, SeatLimits};
use crate::notify::Target;
use crate::runs::{Limits, Together};
use crate::supervise::Program;
use auth::auth;
use declared::CoordinatorWord;
pub(crate) use misspelt::warn_of_misspelt;
use of_notify::Notify;

/// Everything that the environment and the command line say.
pub(crate) struct Config {
    pub(crate) bind: SocketAddr,
    pub(crate) auth: AuthMode,
    pub(crate) knack: KnackConnection,
    pub(crate) supabase: supabase_client::Settings,
    /// The HTTP clients for those two.
    pub(crate) clients: HttpClients,
    pub(crate) program: Program,
    pub(crate) limits: Limits,
    pub(crate) cooldown: Cooldown,
    /// How launchers agree, if there are several.
    pub(crate) together: Option<Together>,
    pub(crate) cache: Option<Cache>,
    pub(crate) http: HttpConfig,
    /// Where messages about failures go, if anywhere.
    pub(crate) notify: Option<Target>,
    /// After this a user is looked up in Knack again.
    pub(crate) permission: Duration,
    /// How long refreshes may keep running when the service is told to end.
    pub(crate) shutdown_patience: Duration,
}

impl Config {
    /// Reads the environment, besides the command line.
    pub(crate) fn read(
        environment: &Environment,
        args: ServeArgs,
    ) -> Result<Self, InvalidSettings> {
        let mut reader = Reader::of(environment);
        let knack = settings::knack(&mut reader);
        let supabase = settings::supabase(&mut reader);
        // Only a refresh needs them, but with a mistake in one of them each would fail.
        settings::outage_patience(&mut reader);
        settings::with_answers(&mut reader);
        settings::min_daily_allowance(&mut reader);
        let bind = bind(&mut reader);
        let demo = args.demo_token.then(|| NewToken::generate("demo", &[]));
        let auth = auth(&mut reader, bind, demo.as_ref());
        let demo_token = demo.map(|demo| demo.token.into());
        let program = program(&mut reader);
        let limits = reader
            .read(&declared::MAX_RUNS)
            .zip(reader.read(&declared::MAX_QUEUE));
        let cooldown = reader
            .read(&declared::COOLDOWN)
            .zip(reader.read(&declared::FAILURE_COOLDOWN));
        let redis = reader.read(&declared::REDIS_URL);
        let together = together(&mut reader, redis.as_ref());
        let cache = cache(&mut reader, redis);
        let http = http(&mut reader, bind, args.web_root, auth.sign_in(), demo_token);
        let permission = reader.read(&declared::PERMISSION);
        let shutdown_patience = reader.read(&declared::SHUTDOWN_PATIENCE);
        let notify = Notify::read(&mut reader);
        reader.finish()?;
        let all_read = "a setting that cannot be read is a problem";
        let (knack, supabase) = knack.zip(supabase).expect(all_read);
        let clients = settings::clients(environment, &knack.base_url, &supabase.project_url)?;
        let (running, queued) = limits.expect(all_read);
        let (after_success, after_failure) = cooldown.expect(all_read);
        Ok(Self {
            bind,
            auth,
            knack,
            supabase,
            clients,
            program: program.expect(all_read),
            limits: Limits { running, queued },
            cooldown: Cooldown {
                after_success,
                after_failure,
            },
            together,
            cache,
            http: http.expect(all_read),
            notify: notify.target(environment)?,
            permission: permission.expect(all_read),
            shutdown_patience: shutdown_patience.expect(all_read),
        })
    }
}

/// How the refresh is started. It gets each of its own settings that is set here, and nothing else.
fn program(reader: &mut Reader<'_>) -> Option<Program> {
    let path = reader.read(&declared::CLI).unwrap_or_else(|| {
        let ours = std::env::current_exe().unwrap_or_default();
        ours.with_file_name("sync-single-establishment")
    });
    let settings = [settings::of_refresh(), settings::MACHINE.to_vec()].concat();
    let is_secret = |name: &str| {
        let its = settings.iter().find(|it| it.names().any(|its| its == name));
        its.is_some_and(|setting| setting.is_secret)
    };
    let environment = reader.set(&settings);
    let secrets = environment
        .iter()
        .filter(|(name, _)| is_secret(name))
        .map(|(_, value)| value.clone())
        .collect();
    Some(Program {
        path,
        environment,
        timeout: reader.read(&declared::RUN_TIMEOUT)?,
        grace: reader.read(&declared::STOP_GRACE)?,
        secrets,
    })
}

/// How requests are served.
fn http(
    reader: &mut Reader<'_>,
    bind: SocketAddr,
    web: Option<PathBuf>,
    sign_in: Vec<SignIn>,
    demo_token: Option<SecretString>,
) -> Option<HttpConfig> {
    let max_wait = reader.read(&declared::MAX_WAIT);
    let stale_after = reader.read(&declared::STALE_HOURS);
    let requests_per_minute = reader.read(&declared::REQUESTS_PER_MINUTE);
    let connections = reader.read(&declared::MAX_CONNECTIONS);
    let write_timeout = reader.read(&declared::WRITE_TIMEOUT);
    let origins = reader.read(&declared::CORS_ORIGINS);
    let trusted_proxies = reader.read(&declared::TRUSTED_PROXIES);
    let metrics_token = reader.read(&declared::METRICS_TOKEN);
    let metrics_bind = metrics_bind(reader, bind, metrics_token.as_ref());
    let web_root = web_root(reader, web);
    Some(HttpConfig {
        max_wait: max_wait?,
        stale_after: stale_after?,
        origins: origins.unwrap_or_default(),
        requests_per_minute: requests_per_minute?,
        seats: SeatLimits::of_all(connections?),
        trusted_proxies: trusted_proxies.unwrap_or_default(),
        write_timeout: write_timeout?,
        metrics_bind,
        metrics_token,
        web_root,
        sign_in,
        demo_token,
    })
}

/// Heroku sets `PORT`, which means that port on every address.
fn bind(reader: &mut Reader<'_>) -> SocketAddr {
    let port = reader.read(&declared::PORT);
    match (reader.read(&declared::BIND), port) {
        (Some(bind), _) => bind,
        (None, Some(port)) => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port),
        (None, None) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
    }
}

/// Nobody else may reach an address where the figures are open.
fn metrics_bind(
    reader: &mut Reader<'_>,
    bind: SocketAddr,
    token: Option<&SecretString>,
) -> Option<SocketAddr> {
    let metrics = reader.read(&declared::METRICS_BIND)?;
    if token.is_none() && !metrics.ip().to_canonical().is_loopback() {
        reader.problem(
            "LAUNCHER_METRICS_BIND must be an address of this machine alone unless LAUNCHER_METRICS_TOKEN is set"
                .to_owned(),
        );
    }
    if metrics == bind && metrics.port() != 0 {
        reader.problem("LAUNCHER_METRICS_BIND must differ from LAUNCHER_BIND".to_owned());
    }
    Some(metrics)
}

/// The folder of the page. A relative path is resolved once, at the start.
fn web_root(reader: &mut Reader<'_>, named: Option<PathBuf>) -> Option<PathBuf> {
    let folder = named?;
    let problem = if !folder.is_dir() {
        "--web-root does not name a folder"
    } else if !folder.join(INDEX).is_file() {
        "--web-root names a folder without index.html"
    } else {
        return std::path::absolute(folder).ok();
    };
    reader.problem(problem.to_owned());
    None
}

fn cache(reader: &mut Reader<'_>, redis: Option<Client>) -> Option<Cache> {
    let patterns = reader.read(&declared::CACHE_PATTERNS);
    Some(Cache::new(redis?, patterns))
}

/// How launchers agree; `None` for one that works alone.
fn together(reader: &mut Reader<'_>, redis: Option<&Client>) -> Option<Together> {
    let lease = reader.read(&declared::COORDINATOR_LEASE);
    let together = reader.read(&declared::COORDINATOR)?;
    if together == CoordinatorWord::Memory {
        return None;
    }
    let Some(redis) = redis.cloned() else {
        reader.problem("REDIS_URL must be set with COORDINATOR=redis".to_owned());
        return None;
    };
    let lease = lease?;
    Some(Together { redis, lease })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const GOOD: [(&str, &str); 4] = [
        ("KNACK_APP_ID", "61680fc13a0bfd001e8ca3ca"),
        ("KNACK_API_KEY", "key"),
        ("SUPABASE_URL", "https://project.example"),
        ("SUPABASE_KEY", "sb_secret_x"),
    ];

    /// The message for these variables, with everything else as it should be.
    fn said(set: &[(&str, &str)], demo_token: bool) -> String {
        let variables = GOOD.iter().chain(set);
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).into()));
        let args = ServeArgs {
            web_root: None,
            demo_token,
        };
        let invalid = Config::read(&Environment::of(variables), args);
        let invalid = invalid.err();
        invalid.unwrap_or_else(|| panic!("{set:?}")).to_string()
    }

    /// To be read from top to bottom, as an administrator would.
    #[test]
    fn every_mistake_in_a_setting_is_said_as_it_was() {
        let none = ("LAUNCHER_AUTH", "none");
        let mut list = String::new();
        let mut say = |said: &str| {
            let problems = said.split_once(": ").expect("it names settings").1;
            writeln!(list, "{}", problems.trim_end_matches('.')).unwrap();
        };
        say(&said(&[], false));
        for (name, text) in [
            ("LAUNCHER_AUTH", "password"),
            ("LAUNCHER_AUTH", "none,token"),
            ("LAUNCHER_AUTH", "token"),
            ("LAUNCHER_AUTH", "knack-token"),
        ] {
            say(&said(&[(name, text)], false));
        }
        for (name, text) in [
            ("LAUNCHER_TOKENS_FILE", "/nowhere/tokens"),
            ("KNACK_STAFF_VIEW", "view_34"),
            ("KNACK_SUPER_USER_VIEW", "scene_12"),
        ] {
            let auth = ("LAUNCHER_AUTH", "token,knack-token");
            let (file, view) = (("LAUNCHER_TOKENS_FILE", ""), ("KNACK_STAFF_VIEW", ""));
            say(&said(&[auth, file, view, (name, text)], false));
        }
        for (name, text) in [
            ("LAUNCHER_BIND", "8080"),
            ("LAUNCHER_BIND", "0.0.0.0:8080"),
            ("PORT", "http"),
            ("LAUNCHER_CORS_ORIGINS", "*"),
            ("LAUNCHER_TRUSTED_PROXIES", "proxy"),
            ("LAUNCHER_MAX_CONNECTIONS", "0"),
            ("LAUNCHER_WRITE_TIMEOUT_SECONDS", "0"),
            ("LAUNCHER_CLI", "sync"),
            ("LAUNCHER_RUN_TIMEOUT_SECONDS", "x"),
            ("LAUNCHER_STOP_GRACE_SECONDS", "-1"),
            ("LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", "x"),
            ("LAUNCHER_MAX_WAIT", "x"),
            ("LAUNCHER_MAX_RUNS", "0"),
            ("LAUNCHER_MAX_QUEUE", "-1"),
            ("LAUNCHER_COOLDOWN_SECONDS", "x"),
            ("LAUNCHER_FAILURE_COOLDOWN_SECONDS", "x"),
            ("LAUNCHER_STALE_HOURS", "x"),
            ("LAUNCHER_REQUESTS_PER_MINUTE", "0"),
            ("LAUNCHER_PERMISSION_SECONDS", "x"),
            ("LAUNCHER_METRICS_BIND", "9464"),
            ("LAUNCHER_METRICS_BIND", "0.0.0.0:9464"),
            ("LAUNCHER_METRICS_BIND", "127.0.0.1:8080"),
            ("LAUNCHER_METRICS_TOKEN", "two words"),
            ("COORDINATOR", "both"),
            ("COORDINATOR", "redis"),
            ("COORDINATOR_LEASE_SECONDS", "0"),
            ("REDIS_URL", "localhost"),
            ("LAUNCHER_CACHE_PATTERNS", "*"),
            ("NOTIFY_URL", "hooks.slack.example"),
            ("NOTIFY_URL", "http://hooks.slack.example/x"),
            ("NOTIFY_SECRET", "two words"),
            ("NOTIFY_STALE_HOURS", "0"),
            ("NOTIFY_STATE_FILE", "said.json"),
        ] {
            say(&said(&[none, (name, text)], false));
        }
        say(&said(&[none], true));
        for setting in declared::ALL.iter().chain(&of_notify::ALL) {
            assert!(list.contains(setting.name), "{}", setting.name);
        }
        insta::assert_snapshot!(list);
    }
}
