//! What holds for any input.

mod reconcile;
mod transform;
