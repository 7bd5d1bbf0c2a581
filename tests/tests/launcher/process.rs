//! Whatever the process of a refresh does: the answer says so, nothing of it is left, and the school is free again.

mod accounts;
mod floods;
mod relatives;
mod said;
mod starting;
mod stopping;
mod surroundings;
