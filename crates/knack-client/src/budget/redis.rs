//! The window in a Redis, for processes of several machines. The clock is Redis's own.
//!
//! Whoever changes the window replaces what they have read, and reads again where somebody was faster. A Redis that does not
//! answer is left alone for a moment, and is never waited for longer than [`TIMEOUT`].

use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError};
use transport::distrusted;

use super::window::{Millis, WINDOW, Window};

/// For a connection, and for an answer.
const TIMEOUT: Duration = Duration::from_millis(300);
/// After a failure.
const LEFT_ALONE: Duration = Duration::from_secs(2);
/// So often, somebody else may be faster.
const ATTEMPTS: u32 = 50;
/// Where the window is gone, everybody waits for a moment, which should not happen after every weekend.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// Replaces the window, if it is still what it was; otherwise says what it is. An empty new one only reads.
const SCRIPT: &str = "\
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('GET', KEYS[1]) or ''
if ARGV[2] ~= '' and held == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return {1, now, ''}
end
return {0, now, held}";

/// A Redis, and the key in it.
pub(super) struct SharedRedis {
    client: Client,
    key: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// When it last failed, if it has not answered since.
    away_since: Option<Instant>,
}

/// It does not answer as it should; why.
#[derive(Debug, thiserror::Error)]
pub(super) enum Away {
    #[error("{0}")]
    Failed(String),
    /// It has just failed.
    #[error("it has just failed")]
    LeftAlone,
}

/// What the script says.
struct Held {
    now: Millis,
    window: Vec<u8>,
}

impl fmt::Debug for SharedRedis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's URL may hold a password.
        write!(out, "SharedRedis({})", self.key)
    }
}

impl SharedRedis {
    /// It is not asked for anything yet.
    pub(super) fn new(client: Client, app_id: &str) -> Self {
        Self {
            client,
            key: format!("vsync:knack-budget:{app_id}"),
            state: Mutex::default(),
        }
    }

    /// Does something to the window, which nobody else changes meanwhile.
    pub(super) async fn with_window<T>(
        &self,
        step: impl Fn(&mut Window, Millis) -> T,
    ) -> Result<T, Away> {
        let was_away = match self.state().away_since {
            Some(since) if since.elapsed() < LEFT_ALONE => return Err(Away::LeftAlone),
            since => since.is_some(),
        };
        let outcome = self.replaced(step, was_away).await;
        let mut state = self.state();
        if outcome.is_err() {
            state.connection = None;
            state.away_since = Some(Instant::now());
        } else {
            state.away_since = None;
        }
        outcome
    }

    async fn replaced<T>(
        &self,
        step: impl Fn(&mut Window, Millis) -> T,
        was_away: bool,
    ) -> Result<T, Away> {
        let mut connection = self.connection().await?;
        let mut held = run(&mut connection, &self.key, &[], &[]).await?;
        for _ in 0..ATTEMPTS {
            let Some(read) = held else { break };
            let mut window = opened(&read);
            if was_away {
                // What others and we have sent meanwhile is not in it.
                window.pause(read.now, WINDOW);
            }
            let result = step(&mut window, read.now);
            let after = window.to_bytes();
            if after == read.window {
                return Ok(result);
            }
            held = run(&mut connection, &self.key, &read.window, &after).await?;
            if held.is_none() {
                return Ok(result);
            }
        }
        Err(Away::Failed("others are always faster".to_owned()))
    }

    async fn connection(&self) -> Result<MultiplexedConnection, Away> {
        let connection = self.state().connection.clone();
        if let Some(connection) = connection {
            return Ok(connection);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let connection = connecting.await.map_err(|error| failed(&error))?;
        self.state().connection = Some(connection.clone());
        Ok(connection)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }
}

/// `None` once the window is replaced.
async fn run(
    connection: &mut MultiplexedConnection,
    key: &str,
    expected: &[u8],
    new: &[u8],
) -> Result<Option<Held>, Away> {
    let kept = u64::try_from(KEPT.as_millis()).unwrap_or(u64::MAX);
    let (is_replaced, now, window) = redis::cmd("EVAL")
        .arg(SCRIPT)
        .arg(1)
        .arg(key)
        .arg(expected)
        .arg(new)
        .arg(kept)
        .query_async::<(u8, Millis, Vec<u8>)>(connection)
        .await
        .map_err(|error| failed(&error))?;
    Ok((is_replaced == 0).then_some(Held { now, window }))
}

fn opened(held: &Held) -> Window {
    if held.window.is_empty() {
        return Window::anew(held.now);
    }
    Window::from_bytes(&held.window, held.now).unwrap_or_else(|| {
        tracing::warn!("the shared Knack budget in Redis was damaged; it is started anew");
        Window::anew(held.now)
    })
}

/// Without the error's own text, which may hold the URL with its password.
fn failed(error: &RedisError) -> Away {
    if let Some(fault) = distrusted(error) {
        return Away::Failed(format!(
            "its certificate is not trusted: {fault}; for a self-signed one, add #insecure to the URL"
        ));
    }
    let is_code =
        |code: &&str| code.len() <= 20 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    Away::Failed(match (error.kind(), error.code().filter(is_code)) {
        (_, Some(code)) => format!("it refuses: {code}"),
        (ErrorKind::AuthenticationFailed, None) => "it refuses the password".to_owned(),
        (ErrorKind::Io, None) => "it does not answer".to_owned(),
        (kind, None) => format!("it cannot be used: {kind:?}"),
    })
}
