//! The fault proxy: what it passes on, and every way in which it fails.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod lost;
mod postgrest;
mod rules;
mod support;
