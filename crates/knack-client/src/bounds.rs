//! Limits how much of Knack's answers is held in memory.

/// A page is at most this large. 1,000 records of the widest object are some 25 MB (docs/knack-and-dashboard.md, "VESPA
/// results").
pub const MAX_PAGE_BYTES: usize = 64_000_000;

/// Bodies received at once. All pages of a wave become ready together; received together, they would all lie in memory.
pub(crate) const BODIES_AT_ONCE: usize = 3;
