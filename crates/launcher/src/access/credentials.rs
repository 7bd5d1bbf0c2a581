//! The credentials that a request carries, before any of them is checked.

use crate::peer::Peer;

/// The content of `Authorization: Bearer …`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearer<'a> {
    /// There is no token.
    Absent,
    /// There is one, but it cannot be read.
    Unusable,
    Token(&'a str),
}

/// A request's statements about its caller.
#[derive(Clone, Copy)]
pub(crate) struct Credentials<'a> {
    pub(crate) bearer: Bearer<'a>,
    /// `X-User-Email`, which counts only from a server that has a token.
    pub(crate) user_email: Option<&'a str>,
    /// Where the request came from: look-ups of unknown tokens are limited by it.
    pub(crate) address: Option<Peer>,
    /// Whether it was sent to this machine's own name, by a page or tool of this machine, and not through a proxy.
    pub(crate) is_from_this_machine: bool,
}
