//! What a request says about its caller, before any of it is checked.

use crate::peer::Peer;

/// What a request says about its caller.
#[derive(Clone, Copy)]
pub(crate) struct Credentials<'a> {
    /// `Authorization: Bearer …`.
    pub(crate) bearer: Option<&'a str>,
    /// `X-User-Email`, which counts only from a server that has a token.
    pub(crate) user_email: Option<&'a str>,
    /// Where the request came from: look-ups of unknown tokens are limited by it.
    pub(crate) address: Option<Peer>,
    /// Whether it was sent to this machine's own name, by a page or tool of this machine.
    pub(crate) is_from_this_machine: bool,
}
