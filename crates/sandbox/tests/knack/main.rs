//! The Knack simulator over real HTTP.

mod faults;
mod filters;
mod pages;
mod refusals;
mod standard;
mod support;
