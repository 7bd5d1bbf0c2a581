//! What an answer holds that is a success, and whether it is what was asked for.

use serde::de::DeserializeOwned;

use crate::{SchemaPart, SupabaseError};

/// How an upsert treats a row whose conflict key is stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Its columns replace the stored ones.
    Merge,
    /// The stored row stays, and does not come back.
    Ignore,
}

impl Resolution {
    pub(super) fn preference(self) -> &'static str {
        match self {
            Self::Merge => "resolution=merge-duplicates",
            Self::Ignore => "resolution=ignore-duplicates",
        }
    }
}

/// What a success holds, if PostgREST gave it: whatever is in front of it may have its own pages, with status 200.
#[derive(Clone, Copy)]
pub(super) enum Expected {
    Rows,
    Nothing,
}

impl Expected {
    pub(super) fn may_be(self, body: &[u8]) -> bool {
        let body = body.trim_ascii();
        match self {
            Self::Rows => body.first() == Some(&b'[') && body.last() == Some(&b']'),
            Self::Nothing => body.is_empty(),
        }
    }
}

pub(super) struct Answer {
    /// From `Content-Range: 0-999/3500`.
    pub(super) total: Option<u64>,
    /// `Preference-Applied`.
    pub(super) applied: String,
    pub(super) body: Vec<u8>,
    /// Whether an attempt before it had failed.
    pub(super) is_repeated: bool,
}

impl Answer {
    /// Without the unique key we name, PostgREST drops the resolution and inserts plainly (docs/knack-and-dashboard.md,
    /// "Upserts").
    pub(super) fn resolved_by(self, resolution: Resolution) -> Result<Self, SupabaseError> {
        if self.applied.contains(resolution.preference()) {
            Ok(self)
        } else {
            Err(SupabaseError::ResolutionIgnored(SchemaPart::Unnamed))
        }
    }
}

pub(super) fn rows<T: DeserializeOwned>(answer: &Answer) -> Result<Vec<T>, SupabaseError> {
    serde_json::from_slice(&answer.body).map_err(|_| SupabaseError::Unreadable)
}
