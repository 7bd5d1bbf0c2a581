//! All rows of a query, page by page. Owns how many rows are asked for at once: as many as the server gives, and fewer where
//! so many are too large or take the database too long.

use serde::de::DeserializeOwned;

use crate::client::SupabaseClient;
use crate::{Persistence, Query, SupabaseError};

/// A page that failed is asked for with so many times fewer rows.
const FEWER: u64 = 4;

const OK: u16 = 200;

/// So few rows are never too many: what fails then is the database's trouble.
const FEWEST_ROWS: u64 = 50;

impl SupabaseClient {
    /// All rows of a query, by `id`. Follows the ids: how many rows come says nothing, since the server caps them as it
    /// likes, and says so only in the count.
    pub async fn read_all<T: DeserializeOwned>(
        &self,
        query: impl Fn() -> Query,
        id: impl Fn(&T) -> String,
    ) -> Result<Vec<T>, SupabaseError> {
        let mut all: Vec<T> = Vec::new();
        let mut limit = None;
        loop {
            let next = match all.last() {
                None => query(),
                Some(last) => query().gt("id", id(last)),
            };
            let fewer = smaller(limit, self.row_cap.get());
            let persistence = match fewer {
                Some(_) => Persistence::Divisible,
                None => Persistence::Patient,
            };
            let page = match limit {
                None => self.read_up_to_the_cap(next.order("id"), persistence).await,
                // A count would look at all rows, and the end shows without it.
                Some(limit) => {
                    let next = next.order("id");
                    self.read_limited(next, limit, persistence).await
                }
            };
            match (page, fewer) {
                (Ok((rows, is_last)), _) => {
                    // A cache that does not look at the query would be read for ever.
                    if let (Some(before), Some(now)) = (all.last(), rows.last())
                        && id(before) == id(now)
                    {
                        return Err(SupabaseError::NotPostgrest { status: OK });
                    }
                    all.extend(rows);
                    if is_last {
                        return Ok(all);
                    }
                }
                (Err(error), Some(rows)) if is_of_its_size(&error) => {
                    tracing::info!(rows, %error, "asking Supabase for fewer rows at once");
                    limit = Some(rows);
                }
                (Err(error), _) => return Err(error),
            }
        }
    }

    async fn read_up_to_the_cap<T: DeserializeOwned>(
        &self,
        query: Query,
        persistence: Persistence,
    ) -> Result<(Vec<T>, bool), SupabaseError> {
        let page = self.read_counted(query, persistence).await?;
        let is_last = page.rows.is_empty() || page.total <= page.rows.len() as u64;
        if !is_last {
            self.row_cap.met(page.rows.len());
        }
        Ok((page.rows, is_last))
    }

    async fn read_limited<T: DeserializeOwned>(
        &self,
        query: Query,
        limit: u64,
        persistence: Persistence,
    ) -> Result<(Vec<T>, bool), SupabaseError> {
        let rows: Vec<T> = self.read_at_most(query, limit, persistence).await?;
        // The cap may be lower than the limit, so fewer rows do not prove the end.
        let is_last = rows.is_empty();
        Ok((rows, is_last))
    }
}

fn is_of_its_size(error: &SupabaseError) -> bool {
    matches!(error, SupabaseError::TooSlow(_) | SupabaseError::TooLarge)
}

/// The next smaller number of rows; none where there is none.
fn smaller(limit: Option<u64>, cap: u64) -> Option<u64> {
    let rows = limit.unwrap_or(cap);
    let fewer = (rows / FEWER).max(FEWEST_ROWS);
    (fewer < rows).then_some(fewer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_fails_is_made_smaller_down_to_fifty_rows() {
        for (cap, expected) in [
            (1_000, vec![250, 62, 50]),
            (100, vec![50]),
            (10_000, vec![2_500, 625, 156, 50]),
            (10, vec![]),
        ] {
            let mut limits = Vec::new();
            while let Some(limit) = smaller(limits.last().copied(), cap) {
                limits.push(limit);
            }
            assert_eq!(limits, expected, "{cap}");
        }
    }
}
