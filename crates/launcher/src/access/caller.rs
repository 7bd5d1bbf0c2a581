//! A caller who has been recognised. Only `access` creates callers, and only from credentials that were checked, so a
//! function that takes a caller cannot be reached without them.

use dashboard::School;
use sync_protocol::EstablishmentId;

use super::authority::Authority;

/// Someone who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    name: String,
    /// The name and who gave it, since a token may be called like anyone else.
    counted_as: String,
    authority: Authority,
}

/// The source of a caller's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedBy {
    /// Ourselves: the demo, or anyone where access is not controlled.
    Us,
    /// A line of the tokens file.
    TokensFile,
    /// Knack: a user's record.
    Knack,
}

impl Caller {
    pub(super) fn new(by: NamedBy, name: String, authority: Authority) -> Self {
        Self {
            // No name has a line break.
            counted_as: format!("{by:?}\n{name}"),
            name,
            authority,
        }
    }

    /// Anyone, where access is not controlled.
    pub(super) fn anyone() -> Self {
        Self::new(NamedBy::Us, "anybody".to_owned(), Authority::All)
    }

    /// This service itself, for what nobody has asked for.
    pub(crate) fn ourselves() -> Self {
        Self::new(NamedBy::Us, "launcher".to_owned(), Authority::All)
    }

    /// A user may do no more than the server that speaks for them.
    pub(super) fn limited_to(self, server: &Self) -> Self {
        Self {
            name: format!("{} for {}", server.name, self.name),
            counted_as: format!("{}\n{}", server.counted_as, self.counted_as),
            authority: Authority::Both(
                Box::new(self.authority),
                Box::new(server.authority.clone()),
            ),
        }
    }

    /// A caller for tests of what callers may do.
    #[cfg(test)]
    pub(crate) fn for_test(authority: Authority) -> Self {
        Self::new(NamedBy::Us, "test".to_owned(), authority)
    }

    /// A token's name or a staff record's id: for logs and `sync_logs`, never an e-mail.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whose requests and streams are counted together.
    pub(crate) fn counted_as(&self) -> &str {
        &self.counted_as
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_of_one_name_are_counted_apart_unless_the_same_one_named_them() {
        let named = |by, name: &str| Caller::new(by, name.to_owned(), Authority::All);
        let staff = "61680fc13a0bfd001e8ca3ca";
        let server = named(NamedBy::TokensFile, "server");
        let callers = [
            named(NamedBy::Us, "demo"),
            named(NamedBy::TokensFile, "demo"),
            named(NamedBy::TokensFile, staff),
            named(NamedBy::Knack, staff),
            named(NamedBy::Knack, staff).limited_to(&server),
            named(NamedBy::TokensFile, &format!("server for {staff}")),
        ];
        let different: std::collections::HashSet<&str> =
            callers.iter().map(Caller::counted_as).collect();
        assert_eq!(different.len(), callers.len(), "{different:?}");
        let again = named(NamedBy::TokensFile, "demo");
        assert_eq!(again.counted_as(), callers[1].counted_as());
    }
}
