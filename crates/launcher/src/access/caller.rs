//! Someone who may call. Only `access` makes callers, and only for credentials that were checked, so a function that takes a
//! caller cannot be reached without them.

use dashboard::School;
use sync_protocol::EstablishmentId;

use super::authority::Authority;

/// Someone who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    name: String,
    authority: Authority,
}

impl Caller {
    pub(super) fn new(name: String, authority: Authority) -> Self {
        Self { name, authority }
    }

    /// Anyone, where access is not controlled.
    pub(super) fn anyone() -> Self {
        Self::new("anybody".to_owned(), Authority::All)
    }

    /// A user may do no more than the server that speaks for them.
    pub(super) fn limited_to(self, server: &Self) -> Self {
        Self {
            name: format!("{} for {}", server.name, self.name),
            authority: Authority::Both(
                Box::new(self.authority),
                Box::new(server.authority.clone()),
            ),
        }
    }

    /// A caller for tests of what callers may do.
    #[cfg(test)]
    pub(crate) fn for_test(authority: Authority) -> Self {
        Self::new("test".to_owned(), authority)
    }

    /// A token's name or a staff record's id: for logs and `sync_logs`, never an e-mail.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(crate) fn covers(&self, school: &School) -> bool {
        self.authority.covers(school)
    }

    /// Whether this very id is covered, even if there is no such school.
    pub(crate) fn names(&self, id: EstablishmentId) -> bool {
        self.authority.names(id)
    }
}
