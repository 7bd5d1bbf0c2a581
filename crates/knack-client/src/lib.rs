//! Knack's object-based REST API: one page of records per call (of an object, or of what a view
//! shows to a user), an object's fields, a user's session, filters, errors by meaning, and a request budget that
//! all processes of a machine share.
//!
//! Knows nothing of schools. Never logs or returns a response body, and never puts the key anywhere but in its header.

mod answer;
mod bounds;
mod budget;
mod client;
mod error;
mod filter;
mod in_flight;
mod limits;
mod object;
mod page;
mod proven;
mod refusal;
mod retry;
mod session;
mod time_limit;
mod view;

pub use bounds::MAX_PAGE_BYTES;
pub use budget::{Budget, BudgetPlace, Due, InvalidBudget, Lane, STARTS, Schedule, WINDOW};
pub use client::{KnackClient, ListRecords, Settings, Usage};
pub use error::KnackError;
pub use filter::{Filters, Rule};
pub use object::{FieldDescription, ObjectDescription};
pub use page::{Page, Unreadable};
pub use session::Session;
pub use view::{InvalidView, View};
