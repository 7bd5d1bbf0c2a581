//! The names of the two services that a refresh depends on.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Knack,
    Supabase,
}

impl fmt::Display for Service {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Knack => "Knack",
            Self::Supabase => "Supabase",
        })
    }
}
