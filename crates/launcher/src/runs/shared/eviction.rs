//! Whether a Redis keeps what it is given. One that may remove keys to save memory would forget who refreshes which school, so
//! it is refused.

use redis::aio::MultiplexedConnection;
use redis::{ErrorKind, RedisError};

/// What a Redis does when its memory is full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Policy {
    /// It refuses to write, and keeps what it has.
    Keeps,
    /// It removes keys, by this policy.
    Evicts(String),
    /// It does not say.
    Unknown,
}

/// Asks Redis. What a managed one forbids is not known.
pub(super) async fn policy(connection: &mut MultiplexedConnection) -> Result<Policy, RedisError> {
    let mut info = redis::cmd("INFO");
    info.arg("memory");
    if let Some(info) = allowed(info.query_async::<String>(connection).await)?
        && let Some(policy) = of_info(&info)
    {
        return Ok(policy);
    }
    let mut config = redis::cmd("CONFIG");
    config.arg("GET").arg("maxmemory-policy");
    let said = allowed(config.query_async::<Vec<String>>(connection).await)?;
    Ok(said
        .and_then(|said| said.get(1).map(|policy| of(policy)))
        .unwrap_or(Policy::Unknown))
}

/// `None` if Redis refuses to say.
fn allowed<T>(said: Result<T, RedisError>) -> Result<Option<T>, RedisError> {
    match said {
        Ok(said) => Ok(Some(said)),
        Err(error) if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn of_info(info: &str) -> Option<Policy> {
    let mut lines = info.lines();
    lines.find_map(|line| Some(of(line.strip_prefix("maxmemory_policy:")?.trim())))
}

fn of(policy: &str) -> Policy {
    // Even one that spares keys without an expiry: all that is kept here has one, but for two numbers.
    if policy == "noeviction" {
        return Policy::Keeps;
    }
    let is_word = |c: char| c.is_ascii_lowercase() || c == '-';
    if policy.len() <= 20 && policy.chars().all(is_word) {
        Policy::Evicts(policy.to_owned())
    } else {
        Policy::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_redis_that_removes_nothing_keeps_what_it_is_given() {
        let evicts = |policy: &str| Some(Policy::Evicts(policy.to_owned()));
        for (info, expected) in [
            (
                "# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n",
                Some(Policy::Keeps),
            ),
            ("maxmemory_policy:allkeys-lru\r\n", evicts("allkeys-lru")),
            ("maxmemory_policy:allkeys-lfu", evicts("allkeys-lfu")),
            ("maxmemory_policy:volatile-lru", evicts("volatile-lru")),
            ("maxmemory_policy:volatile-ttl", evicts("volatile-ttl")),
            (
                "maxmemory_policy:volatile-random",
                evicts("volatile-random"),
            ),
            ("maxmemory_policy:x\u{1b}[2J", Some(Policy::Unknown)),
            ("maxmemory:0\r\n", None),
            ("", None),
        ] {
            assert_eq!(of_info(info), expected, "{info}");
        }
    }
}
