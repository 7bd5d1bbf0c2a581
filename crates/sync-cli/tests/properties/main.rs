//! What holds for any input.

#![expect(clippy::unwrap_used, reason = "what a test builds is known to be good")]

mod reconcile;
mod transform;
