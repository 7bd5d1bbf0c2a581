//! The schools that a caller has access to.

use std::collections::HashSet;

use dashboard::School;
use sync_protocol::{EstablishmentId, KnackRecordId};

/// The schools that a caller has access to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Authority {
    All,
    Some(HashSet<EstablishmentId>),
    /// A user's, and that of the server that speaks for them. Either may name a school by either of its ids, so only a
    /// [`School`], and no id alone, shows whether both cover it.
    Both(Box<Authority>, Box<Authority>),
}

impl Authority {
    pub(crate) fn of_schools(schools: impl IntoIterator<Item = KnackRecordId>) -> Self {
        Self::Some(schools.into_iter().map(EstablishmentId::Knack).collect())
    }

    pub(crate) fn covers(&self, school: &School) -> bool {
        match self {
            Self::All => true,
            Self::Some(ids) => {
                ids.contains(&EstablishmentId::Knack(school.knack_id))
                    || ids.contains(&EstablishmentId::Supabase(school.id))
            }
            Self::Both(one, other) => one.covers(school) && other.covers(school),
        }
    }

    /// Ids that include every school covered; `None` if any school may be.
    pub(crate) fn candidates(&self) -> Option<&HashSet<EstablishmentId>> {
        match self {
            Self::All => None,
            Self::Some(ids) => Some(ids),
            Self::Both(one, other) => one.candidates().or_else(|| other.candidates()),
        }
    }

    /// Whether this very id is covered, even if there is no such school.
    pub(crate) fn names(&self, id: EstablishmentId) -> bool {
        match self {
            Self::All => true,
            Self::Some(ids) => ids.contains(&id),
            Self::Both(one, other) => one.names(id) && other.names(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use sync_protocol::Calendar;
    use uuid::Uuid;

    use super::*;

    const KNACK_ID: &str = "61680fc13a0bfd001e8ca3ca";
    const UUID: Uuid = Uuid::from_u128(1);

    #[test]
    fn either_id_names_a_school_and_both_sides_must_cover_it() {
        let school = School {
            id: UUID,
            knack_id: KNACK_ID.parse().unwrap(),
            name: "A school".to_owned(),
            calendar: Calendar::from_flags(None, None),
        };
        let some =
            |ids: &[&str]| Authority::Some(ids.iter().map(|id| id.parse().unwrap()).collect());
        let both = |one, other| Authority::Both(Box::new(one), Box::new(other));
        let uuid = UUID.to_string();
        let another = "5f3c9a1b7d2e4f6081a2b3c4";
        for (authority, is_covered) in [
            (Authority::All, true),
            (some(&[]), false),
            (some(&[another]), false),
            (some(&[another, KNACK_ID]), true),
            (some(&[&uuid]), true),
            (both(some(&[&uuid]), some(&[KNACK_ID])), true),
            (both(some(&[another]), some(&[KNACK_ID])), false),
            (both(Authority::All, some(&[KNACK_ID])), true),
            (both(Authority::All, some(&[])), false),
        ] {
            assert_eq!(authority.covers(&school), is_covered, "{authority:?}");
        }
    }
}
