//! Who may do what: by tokens, by Knack's own log-in, by an e-mail that a server names, from which pages, and how often.

mod activity;
mod browsers;
mod forged;
mod hidden;
mod knack_users;
mod limits;
mod matrix;
mod runs;
mod start_up;
mod tokens;
mod user_email;
pub(crate) mod world;
