//! What holds for any input.

mod explain;
mod reconcile;
mod transform;
