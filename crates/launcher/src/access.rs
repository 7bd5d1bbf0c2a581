//! Who is calling, and which schools they have access to. Fails closed: what cannot be checked is not allowed.
//!
//! Authority over a school comes from a token's own list or from Knack, never from Supabase's copy of the staff, which lacks
//! half of the schools and may be writable by anyone (docs/knack-and-dashboard.md, "Staff data in Supabase").

mod authentication;
mod authority;
mod caller;
mod credentials;
mod knack_user;
mod mode;
mod staff;
mod strangers;
mod token_file;
mod tokens;

pub(crate) use authentication::Access;
#[cfg(test)]
pub(crate) use authority::Authority;
pub(crate) use caller::Caller;
pub(crate) use credentials::{Bearer, Credentials};
pub(crate) use knack_user::Views;
pub(crate) use mode::{Accepted, AuthMode, SignIn};
pub(crate) use staff::Staff;
pub(crate) use token_file::TokenFile;
pub(crate) use tokens::{InvalidTokens, ListedToken, NewToken, Tokens, token_name};
