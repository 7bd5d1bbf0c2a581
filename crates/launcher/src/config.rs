//! The launcher's settings, from the environment or a `.env` file, and from the command line. Everything that is wrong is
//! named in one message, and no value is ever repeated.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use connections::{Environment, InvalidSettings, KnackConnection, Reader, value};
use knack_client::View;
use secrecy::SecretString;

use crate::access::{NewToken, Tokens, Views};
use crate::args::ServeArgs;
use crate::cache::{Cache, KeyPattern, PATTERNS};
use crate::history::Cooldown;
use crate::http::INDEX;
use crate::runs::Limits;
use crate::supervise::Program;

/// What the refresh may find in its environment beside Knack's and Supabase's settings.
const PASSED_ON: [&str; 9] = [
    "TZ",
    "LANG",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// Everything the environment and the command line say.
pub(crate) struct Config {
    pub(crate) bind: SocketAddr,
    pub(crate) auth: Auth,
    pub(crate) knack: KnackConnection,
    pub(crate) supabase: supabase_client::Settings,
    pub(crate) program: Program,
    pub(crate) limits: Limits,
    pub(crate) cooldown: Cooldown,
    pub(crate) cache: Option<Cache>,
    pub(crate) http: HttpConfig,
    /// Then Knack is asked about a user again.
    pub(crate) permission: Duration,
    /// Running refreshes may end by themselves for so long when the service ends.
    pub(crate) shutdown_patience: Duration,
}

/// How requests are served.
#[derive(Clone)]
pub(crate) struct HttpConfig {
    /// A blocking caller is answered after this, whatever the run does.
    pub(crate) max_wait: Duration,
    /// Data older than this is stale.
    pub(crate) stale_after: Duration,
    /// Origins of other sites whose pages may call.
    pub(crate) origins: Vec<String>,
    pub(crate) requests_per_minute: u32,
    pub(crate) metrics_token: Option<SecretString>,
    /// Only pages and tools of this machine may call, since nothing else is asked of them.
    pub(crate) loopback_only: bool,
    /// Where the page is, if not within the program.
    pub(crate) web_root: Option<PathBuf>,
    /// What the page signs in with by itself.
    pub(crate) demo_token: Option<SecretString>,
}

/// Who may call.
#[derive(Default)]
pub(crate) struct Auth {
    /// The file of tokens, and what it holds.
    pub(crate) tokens: Option<(PathBuf, Tokens)>,
    /// The demo's own.
    pub(crate) demo: Option<Tokens>,
    pub(crate) knack_views: Option<Views>,
    pub(crate) none: bool,
}

impl Config {
    /// Reads the process's environment and `.env`, beside what the command line says.
    pub(crate) fn read(args: ServeArgs) -> Result<Self, InvalidSettings> {
        let environment = Environment::load()?;
        Self::read_from(environment.reader(), |name| environment.get(name), args)
    }

    fn read_from<L: Fn(&str) -> Option<String>>(
        mut reader: Reader<L>,
        get: impl Fn(&str) -> Option<String>,
        args: ServeArgs,
    ) -> Result<Self, InvalidSettings> {
        let knack = connections::knack(&mut reader);
        let supabase = connections::supabase(&mut reader);
        let bind = bind(&mut reader);
        let mut auth = auth(&mut reader, args.demo_token);
        let demo_token = demo_token(&mut reader, &mut auth, bind, args.demo_token);
        if auth.none && !bind.ip().is_loopback() {
            reader.problem(
                "LAUNCHER_AUTH must not be `none` unless LAUNCHER_BIND is an address of this machine alone".to_owned(),
            );
        }
        let path = cli(&mut reader);
        let environment = passed_on(get);
        let program = Program {
            path,
            timeout: seconds(&mut reader, "LAUNCHER_RUN_TIMEOUT_SECONDS", 300.0),
            grace: seconds(&mut reader, "LAUNCHER_STOP_GRACE_SECONDS", 5.0),
            secrets: secrets(&environment),
            environment,
        };
        let limits = Limits {
            running: number(&mut reader, "LAUNCHER_MAX_RUNS", 1..=64, 4),
            queued: number(&mut reader, "LAUNCHER_MAX_QUEUE", 0..=1_000, 20),
        };
        let cooldown = Cooldown {
            after_success: cooldown(&mut reader, "LAUNCHER_COOLDOWN_SECONDS", 300),
            after_failure: cooldown(&mut reader, "LAUNCHER_FAILURE_COOLDOWN_SECONDS", 30),
        };
        let cache = cache(&mut reader);
        let stale_hours = number(&mut reader, "LAUNCHER_STALE_HOURS", 1..=8_760, 24);
        let http = HttpConfig {
            max_wait: seconds(&mut reader, "LAUNCHER_MAX_WAIT", 300.0),
            stale_after: Duration::from_hours(stale_hours),
            origins: reader
                .optional("LAUNCHER_CORS_ORIGINS", origins)
                .unwrap_or_default(),
            requests_per_minute: number(
                &mut reader,
                "LAUNCHER_REQUESTS_PER_MINUTE",
                1..=1_000_000,
                300,
            ),
            metrics_token: reader.optional("LAUNCHER_METRICS_TOKEN", value::secret),
            loopback_only: auth.none,
            web_root: web_root(&mut reader, args.web_root),
            demo_token,
        };
        let permission = seconds(&mut reader, "LAUNCHER_PERMISSION_SECONDS", 300.0);
        let shutdown_patience = seconds(&mut reader, "LAUNCHER_SHUTDOWN_PATIENCE_SECONDS", 10.0);
        reader.finish()?;
        let (knack, supabase) = knack
            .zip(supabase)
            .expect("what cannot be read is a problem");
        Ok(Self {
            bind,
            auth,
            knack,
            supabase,
            program,
            limits,
            cooldown,
            cache,
            http,
            permission,
            shutdown_patience,
        })
    }
}

/// `PORT` is how Heroku says where to listen; it then means every address.
fn bind<L: Fn(&str) -> Option<String>>(reader: &mut Reader<L>) -> SocketAddr {
    let bind = reader.optional("LAUNCHER_BIND", |text| {
        text.parse::<SocketAddr>()
            .map_err(|_| "must be an address and a port, such as 127.0.0.1:8080".to_owned())
    });
    let port = reader.optional("PORT", |text| {
        text.parse::<u16>()
            .map_err(|_| "must be a port number".to_owned())
    });
    match (bind, port) {
        (Some(bind), _) => bind,
        (None, Some(port)) => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port),
        (None, None) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080),
    }
}

fn auth<L: Fn(&str) -> Option<String>>(reader: &mut Reader<L>, is_demo: bool) -> Auth {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Mode {
        Token,
        KnackToken,
        None,
    }
    let parse = |text: &str| {
        let modes: Result<Vec<Mode>, String> = text
            .split(',')
            .map(|word| match word.trim() {
                "token" => Ok(Mode::Token),
                "knack-token" => Ok(Mode::KnackToken),
                "none" => Ok(Mode::None),
                _ => Err(
                    "must be `token`, `knack-token`, both joined by a comma, or `none`".to_owned(),
                ),
            })
            .collect();
        let modes = modes?;
        if modes.contains(&Mode::None) && modes.len() > 1 {
            return Err("must not hold `none` beside another".to_owned());
        }
        Ok(modes)
    };
    let modes = if is_demo {
        reader.optional("LAUNCHER_AUTH", parse)
    } else {
        reader.required(&["LAUNCHER_AUTH"], parse)
    };
    // The demo has its token, and so needs no file of others.
    let is_token_alone = is_demo && modes.is_none();
    let modes = modes.unwrap_or_default();
    let mut auth = Auth {
        none: modes.contains(&Mode::None),
        ..Auth::default()
    };
    let tokens = |text: &str| {
        let path = Path::new(text);
        read_tokens(path).map(|tokens| (path.to_owned(), tokens))
    };
    if modes.contains(&Mode::Token) {
        auth.tokens = reader.required(&["LAUNCHER_TOKENS_FILE"], tokens);
    } else if is_token_alone {
        auth.tokens = reader.optional("LAUNCHER_TOKENS_FILE", tokens);
    }
    if modes.contains(&Mode::KnackToken) {
        let view = |text: &str| {
            text.parse::<View>()
                .map_err(|error| format!("is no view: {error}"))
        };
        let staff_admin = reader.required(&["KNACK_STAFF_VIEW"], view);
        let super_user = reader.optional("KNACK_SUPER_USER_VIEW", view);
        auth.knack_views = staff_admin.map(|staff_admin| Views {
            staff_admin,
            super_user,
        });
    }
    auth
}

/// Makes the demo's token, which whoever is on this machine is given: so nobody else may reach it.
fn demo_token<L: Fn(&str) -> Option<String>>(
    reader: &mut Reader<L>,
    auth: &mut Auth,
    bind: SocketAddr,
    is_demo: bool,
) -> Option<SecretString> {
    if !is_demo {
        return None;
    }
    if auth.none {
        reader.problem("LAUNCHER_AUTH must not be `none` beside --demo-token".to_owned());
    }
    if !bind.ip().is_loopback() {
        reader.problem(
            "--demo-token must not be given unless LAUNCHER_BIND is an address of this machine alone"
                .to_owned(),
        );
    }
    let new = NewToken::generate("demo", &[]);
    auth.demo = Some(Tokens::only(&new));
    Some(new.token.into())
}

/// The folder of the page. Named relative to where the service was started, it stays that one.
fn web_root<L: Fn(&str) -> Option<String>>(
    reader: &mut Reader<L>,
    named: Option<PathBuf>,
) -> Option<PathBuf> {
    let folder = named?;
    let problem = if !folder.is_dir() {
        "--web-root names no folder"
    } else if !folder.join(INDEX).is_file() {
        "--web-root names a folder without index.html"
    } else {
        return std::path::absolute(folder).ok();
    };
    reader.problem(problem.to_owned());
    None
}

/// Reads a file of tokens; what is wrong with it as the end of a sentence.
pub(crate) fn read_tokens(path: &Path) -> Result<Tokens, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("names a file that cannot be read ({})", error.kind()))?;
    Tokens::parse(&text).map_err(|error| format!("names a file with a mistake in {error}"))
}

/// The refresh's program: named, or beside our own.
fn cli<L: Fn(&str) -> Option<String>>(reader: &mut Reader<L>) -> PathBuf {
    let named = reader.optional("LAUNCHER_CLI", |text| {
        let path = PathBuf::from(text);
        if path.is_absolute() {
            Ok(path)
        } else {
            Err("must be an absolute path".to_owned())
        }
    });
    named.unwrap_or_else(|| {
        let ours = std::env::current_exe().unwrap_or_default();
        ours.with_file_name("sync-single-establishment")
    })
}

fn passed_on(get: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let names = connections::KNACK_VARIABLES
        .iter()
        .chain(&connections::SUPABASE_VARIABLES)
        .chain(&PASSED_ON);
    names
        .filter_map(|name| Some(((*name).to_owned(), get(name)?)))
        .collect()
}

fn secrets(environment: &[(String, String)]) -> Vec<String> {
    let keys = environment.iter().filter(|(name, _)| is_secret(name));
    keys.map(|(_, value)| value.clone())
        .filter(|value| !value.trim().is_empty())
        .collect()
}

/// A proxy's URL may hold a password.
fn is_secret(name: &str) -> bool {
    name.contains("KEY") || name.eq_ignore_ascii_case("HTTPS_PROXY")
}

fn cache<L: Fn(&str) -> Option<String>>(reader: &mut Reader<L>) -> Option<Cache> {
    let patterns = reader.optional("LAUNCHER_CACHE_PATTERNS", |text| {
        let patterns = text
            .split(',')
            .map(|pattern| KeyPattern::parse(pattern.trim()));
        patterns.collect::<Option<Vec<_>>>().ok_or_else(|| {
            "must be patterns joined by commas, each with {id} for the school".to_owned()
        })
    });
    let patterns = patterns.unwrap_or_else(|| {
        let known = PATTERNS
            .iter()
            .filter_map(|pattern| KeyPattern::parse(pattern));
        known.collect()
    });
    reader.optional("REDIS_URL", |text| {
        let url = SecretString::from(text);
        Cache::new(&url, patterns.clone())
            .ok_or_else(|| "must be like redis://host:6379/0 or rediss://…".to_owned())
    })
}

/// Origins as browsers send them. `null` is every sandboxed frame of the world, and `*` is everybody; within a name it
/// would stand for itself, and so for nobody.
fn origins(text: &str) -> Result<Vec<String>, String> {
    let is_origin = |text: &str| {
        !text.contains('*')
            && value::secure_url(text).is_ok_and(|url| url.origin().ascii_serialization() == text)
    };
    let origins: Vec<String> = text.split(',').map(|word| word.trim().to_owned()).collect();
    if origins.iter().all(|origin| is_origin(origin)) {
        Ok(origins)
    } else {
        Err("must be origins joined by commas, such as https://vespaacademy.knack.com".to_owned())
    }
}

fn seconds<L: Fn(&str) -> Option<String>>(
    reader: &mut Reader<L>,
    name: &str,
    default: f64,
) -> Duration {
    reader
        .optional(name, value::seconds)
        .unwrap_or(Duration::from_secs_f64(default))
}

fn cooldown<L: Fn(&str) -> Option<String>>(
    reader: &mut Reader<L>,
    name: &str,
    default: u64,
) -> Duration {
    Duration::from_secs(number(reader, name, 0..=86_400, default))
}

fn number<L: Fn(&str) -> Option<String>, N>(
    reader: &mut Reader<L>,
    name: &str,
    range: std::ops::RangeInclusive<N>,
    default: N,
) -> N
where
    N: std::str::FromStr + PartialOrd + std::fmt::Display + Copy,
{
    let parse = |text: &str| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "must be a whole number from {} to {}",
            range.start(),
            range.end()
        )),
    };
    reader.optional(name, parse).unwrap_or(default)
}
