//! Clearing one school's entries from the dashboard's Redis. Only ever deletes: the dashboard unpickles what it reads, so
//! writing would amount to code execution there (docs/knack-and-dashboard.md, "The pickled cache").

mod pattern;

use std::collections::HashSet;
use std::time::Duration;

use dashboard::School;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError};
use transport::distrusted;

pub(crate) use pattern::KeyPattern;
use pattern::SchoolPattern;

/// The keys that the dashboard writes for a school (docs/knack-and-dashboard.md, "Cache keys"); `{id}` is either of its
/// ids.
const KNOWN: [&str; 5] = [
    "*:{id}:*",
    "dashboard_data:*:{id}:*",
    "dataset:{id}:*",
    "metadata:{id}:*",
    "get_school_statistics:{md5:school_id:{id}}",
];

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// For all of it: one pass over a million keys takes about a second and a half (docs/knack-and-dashboard.md, "Redis").
const TIMEOUT: Duration = Duration::from_secs(5);
const SCANNED_AT_ONCE: usize = 1_000;
const DELETED_AT_ONCE: usize = 500;

/// Where the dashboard's cache is.
pub(crate) struct Cache {
    client: Client,
    patterns: Vec<KeyPattern>,
}

/// The result of clearing a school's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cleared {
    /// Whether all of them are gone.
    pub(crate) is_complete: bool,
    pub(crate) keys_deleted: u64,
}

impl Cache {
    /// A client for this URL; `None` if it is not a Redis URL. It connects only to clear something.
    pub(crate) fn client(url: &str) -> Option<Client> {
        Client::open(url).ok()
    }

    /// Without patterns of its own, those of today's dashboard.
    pub(crate) fn new(client: Client, patterns: Option<Vec<KeyPattern>>) -> Self {
        let known = || KNOWN.iter().filter_map(|text| KeyPattern::parse(text));
        Self {
            client,
            patterns: patterns.unwrap_or_else(|| known().collect()),
        }
    }

    /// Whether a school's entries could be removed now, and otherwise why not. Tries what removing does, on a key that nobody
    /// has: a replica, for one, answers and removes nothing.
    pub(crate) async fn can_clear(&self) -> Result<(), String> {
        let trying = async {
            let mut connection = self.connect().await?;
            let nobodys = self.patterns.iter().map(KeyPattern::of_nobody);
            redis::cmd("SCAN")
                .arg(0)
                .query_async::<(u64, Vec<Vec<u8>>)>(&mut connection)
                .await?;
            redis::cmd("UNLINK")
                .arg(nobodys.collect::<Vec<_>>())
                .query_async::<u64>(&mut connection)
                .await
        };
        match tokio::time::timeout(TIMEOUT, trying).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(why(&error)),
            Err(_) => Err("Redis takes too long".to_owned()),
        }
    }

    /// Removes the school's entries, in one pass.
    pub(crate) async fn clear(&self, school: &School) -> Cleared {
        let mut keys_deleted = 0;
        let clearing = self.delete_matching(school, &mut keys_deleted);
        let is_complete = match tokio::time::timeout(TIMEOUT, clearing).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                let reason = why(&error);
                tracing::warn!(reason, keys_deleted, "the cache could not be cleared");
                false
            }
            Err(_) => {
                tracing::warn!(keys_deleted, "clearing the cache took too long");
                false
            }
        };
        Cleared {
            is_complete,
            keys_deleted,
        }
    }

    async fn delete_matching(&self, school: &School, deleted: &mut u64) -> Result<(), RedisError> {
        let patterns: Vec<SchoolPattern> = self
            .patterns
            .iter()
            .flat_map(|pattern| {
                [
                    pattern.of(school.knack_id.as_str()),
                    pattern.of(&school.id.to_string()),
                ]
            })
            .collect();
        let mut connection = self.connect().await?;
        let mut cursor = 0;
        loop {
            let (next, keys): (u64, Vec<Vec<u8>>) = redis::cmd("SCAN")
                .arg(cursor)
                .arg("COUNT")
                .arg(SCANNED_AT_ONCE)
                .query_async(&mut connection)
                .await?;
            // SCAN may return a key twice.
            let ours: HashSet<&[u8]> = keys
                .iter()
                .map(Vec::as_slice)
                .filter(|key| patterns.iter().any(|pattern| pattern.matches(key)))
                .collect();
            let ours: Vec<&[u8]> = ours.into_iter().collect();
            for some in ours.chunks(DELETED_AT_ONCE) {
                let gone: u64 = redis::cmd("UNLINK")
                    .arg(some)
                    .query_async(&mut connection)
                    .await?;
                *deleted += gone;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(ANSWER_TIMEOUT));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }
}

/// Why Redis cannot be used, without the error's text, which may hold the URL with its password.
pub(crate) fn why(error: &RedisError) -> String {
    if let Some(fault) = distrusted(error) {
        return format!(
            "Redis's certificate is not trusted: {fault}; for a self-signed one, add #insecure to REDIS_URL"
        );
    }
    // Some of the server's words have a kind, others only their code.
    let is_code =
        |code: &&str| code.len() <= 20 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let code = error.code().filter(is_code);
    match (error.kind(), code) {
        (_, Some(code)) => format!("Redis refuses it: {code}"),
        (ErrorKind::AuthenticationFailed, None) => "Redis refuses the password".to_owned(),
        (ErrorKind::Io, None) => "Redis does not answer".to_owned(),
        (kind, None) => format!("Redis cannot be used: {kind:?}"),
    }
}
