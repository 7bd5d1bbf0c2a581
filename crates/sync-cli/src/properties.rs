//! What holds for any input.

mod explain;
mod families;
mod reconcile;
mod transform;
