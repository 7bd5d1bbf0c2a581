//! The Knack simulator over real HTTP.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers are tests too: a panic says where they stopped"
)]

mod answers;
mod faults;
mod filters;
mod pages;
mod refusals;
mod sessions;
mod staff;
mod standard;
mod support;
mod views;
