//! The connection to the Redis through which launchers agree: opened when it is needed, given up at the first fault, and never
//! waited for long, since somebody waits for each answer.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex as AsyncMutex;

use super::eviction::{self, Policy};
use super::scripts::{BEGIN, Done, Script};
use crate::cache::why;

const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);
/// After a fault, nobody waits for Redis for so long: many requests may come meanwhile.
const PAUSE: Duration = Duration::from_millis(300);

/// Redis could not be asked, or has refused. It is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreachable;

/// Why a launcher must not start with this Redis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "COORDINATOR=redis needs a Redis that keeps what it is given, and the one of REDIS_URL may remove keys when its memory is full: its maxmemory-policy is {0}. Nothing was started. Set its maxmemory-policy to noeviction, or name another Redis in REDIS_URL"
)]
pub(crate) struct Evicts(String);

/// The way to Redis.
pub(super) struct Link {
    client: Client,
    lease: Duration,
    connection: AsyncMutex<Option<MultiplexedConnection>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the last fault was, unless an answer has come since.
    failed: Option<Instant>,
    /// Whether the log says that it does not say its policy.
    has_warned: bool,
}

enum Fault {
    Redis(RedisError),
    Evicts(Evicts),
    Unreadable,
}

impl Link {
    pub(super) fn new(client: Client, lease: Duration) -> Self {
        Self {
            client,
            lease,
            connection: AsyncMutex::new(None),
            state: Mutex::default(),
        }
    }

    /// Whether this Redis may be used. One that does not answer may: it is asked again at the next connection.
    pub(super) async fn check(&self) -> Result<(), Evicts> {
        match self.try_call::<Done>(BEGIN, &[&millis(self.lease)]).await {
            Ok(_) => Ok(()),
            Err(Fault::Evicts(evicts)) => Err(evicts),
            Err(fault) => {
                self.note(&fault);
                Ok(())
            }
        }
    }

    /// Carries a script out.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        script: Script,
        arguments: &[&str],
    ) -> Result<T, Unreachable> {
        if self.is_broken() {
            return Err(Unreachable);
        }
        match self.try_call(script, arguments).await {
            Ok(answer) => Ok(answer),
            Err(fault) => {
                self.note(&fault);
                Err(Unreachable)
            }
        }
    }

    fn is_broken(&self) -> bool {
        let failed = self.state.lock().failed;
        failed.is_some_and(|at| at.elapsed() < PAUSE)
    }

    fn note(&self, fault: &Fault) {
        let before = self.state.lock().failed.replace(Instant::now());
        if before.is_some() {
            return;
        }
        let reason = match fault {
            Fault::Redis(error) => why(error),
            Fault::Evicts(evicts) => evicts.to_string(),
            Fault::Unreadable => "Redis answers what cannot be read".to_owned(),
        };
        tracing::error!(reason, "launchers cannot agree, so no refresh starts");
    }

    async fn try_call<T: DeserializeOwned>(
        &self,
        script: Script,
        arguments: &[&str],
    ) -> Result<T, Fault> {
        let mut connection = self.connection().await?;
        let mut eval = redis::cmd("EVAL");
        eval.arg(script.0).arg(0).arg(arguments);
        match eval.query_async::<String>(&mut connection).await {
            Ok(text) => {
                if self.state.lock().failed.take().is_some() {
                    tracing::info!("launchers can agree again");
                }
                serde_json::from_str(&text).map_err(|_| Fault::Unreadable)
            }
            Err(error) => {
                // Whatever it was: its answers to come may be to older questions.
                self.connection.lock().await.take();
                Err(Fault::Redis(error))
            }
        }
    }

    async fn connection(&self) -> Result<MultiplexedConnection, Fault> {
        let mut kept = self.connection.lock().await;
        if let Some(connection) = &*kept {
            return Ok(connection.clone());
        }
        // Somebody may have failed while this waited.
        if self.is_broken() {
            return Err(no_answer());
        }
        // Looking its name up included.
        let opened = tokio::time::timeout(CONNECT_TIMEOUT + ANSWER_TIMEOUT, self.open()).await;
        let opened = opened.unwrap_or_else(|_| Err(no_answer()));
        if let Err(fault) = &opened {
            self.note(fault);
        }
        let connection = opened?;
        *kept = Some(connection.clone());
        Ok(connection)
    }

    async fn open(&self) -> Result<MultiplexedConnection, Fault> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT));
        let opening = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let mut connection = opening.await.map_err(Fault::Redis)?;
        let policy = eviction::policy(&mut connection).await;
        match policy.map_err(Fault::Redis)? {
            Policy::Keeps => {}
            Policy::Evicts(policy) => return Err(Fault::Evicts(Evicts(policy))),
            Policy::Unknown => {
                if !std::mem::replace(&mut self.state.lock().has_warned, true) {
                    tracing::warn!(
                        "Redis does not say its maxmemory-policy. It must be noeviction, or two launchers may refresh one school at once"
                    );
                }
            }
        }
        Ok(connection)
    }
}

fn no_answer() -> Fault {
    let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
    Fault::Redis(RedisError::from(late))
}

/// A time as the scripts take it.
pub(super) fn millis(time: Duration) -> String {
    time.as_millis().max(1).to_string()
}
