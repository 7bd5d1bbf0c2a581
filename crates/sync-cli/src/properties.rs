//! Properties that hold for any input.

mod explain;
mod families;
mod reconcile;
mod transform;
