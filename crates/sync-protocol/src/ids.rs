//! Identifiers that come from outside. A parsed id is safe in a URL, an argument vector, a log line or a Redis pattern.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A Knack record id: 24 hexadecimal digits, kept in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[0-9a-f]{24}$"))]
pub struct KnackRecordId([u8; 24]);

/// The text is not 24 hexadecimal digits. The text itself is not repeated: it may be anything, of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a Knack record id is 24 hexadecimal digits")]
pub struct InvalidRecordId;

/// How a caller names a school: both spellings reach the dashboard, by the role of its user
/// (docs/knack-and-dashboard.md, "School ids").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EstablishmentId {
    /// `establishments.knack_id`, as staff admins know it.
    Knack(KnackRecordId),
    /// `establishments.id`, as super users know it.
    Supabase(Uuid),
}

/// The text is neither spelling of an establishment id. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an establishment id is a Knack record id (24 hexadecimal digits) or a Supabase UUID (36 characters); got {length} characters"
)]
pub struct InvalidEstablishmentId {
    /// How many characters were given.
    pub length: usize,
}

impl KnackRecordId {
    /// The 24 digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits are stored")
    }
}

impl FromStr for KnackRecordId {
    type Err = InvalidRecordId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits: [u8; 24] = text.as_bytes().try_into().map_err(|_| InvalidRecordId)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(InvalidRecordId);
        }
        digits.make_ascii_lowercase();
        Ok(Self(digits))
    }
}

impl TryFrom<String> for KnackRecordId {
    type Error = InvalidRecordId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<KnackRecordId> for String {
    fn from(id: KnackRecordId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for KnackRecordId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl fmt::Debug for KnackRecordId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KnackRecordId({self})")
    }
}

impl FromStr for EstablishmentId {
    type Err = InvalidEstablishmentId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Knack(id));
        }
        // `Uuid::parse_str` also reads braces, URNs and bare digits; only the form the dashboard sends is accepted.
        if text.len() == 36
            && let Ok(id) = Uuid::try_parse(text)
        {
            return Ok(Self::Supabase(id));
        }
        Err(InvalidEstablishmentId {
            length: text.chars().count(),
        })
    }
}

impl fmt::Display for EstablishmentId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Knack(id) => id.fmt(out),
            Self::Supabase(id) => id.fmt(out),
        }
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_read_as_an_id_is_safe_anywhere(
            text in prop_oneof![
                any::<String>(), "[0-9a-fA-F]{22,26}", "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{11,13}", ".{36}",
                "[{]?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}[}]?",
            ],
        ) {
            let record = text.parse::<KnackRecordId>().is_ok();
            match text.parse::<EstablishmentId>() {
                Ok(id) => {
                    let shown = id.to_string();
                    prop_assert!(shown.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')));
                    prop_assert!(!shown.starts_with('-'));
                    prop_assert_eq!(&shown, &text.to_lowercase());
                    prop_assert_eq!(shown.parse(), Ok(id));
                    prop_assert_eq!(record, matches!(id, EstablishmentId::Knack(_)));
                }
                Err(refused) => {
                    prop_assert!(!record);
                    prop_assert_eq!(refused.length, text.chars().count());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read_in_any_case_and_kept_in_lower_case() {
        for (text, shown) in [
            ("61680FC13A0BFD001E8CA3CA", "61680fc13a0bfd001e8ca3ca"),
            (
                "0D9F1B5E-0000-4000-8000-0000000000AB",
                "0d9f1b5e-0000-4000-8000-0000000000ab",
            ),
        ] {
            assert_eq!(text.parse::<EstablishmentId>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        let long = "a".repeat(1_000_000);
        for text in [
            "",
            "61680fc13a0bfd001e8ca3c",
            "61680fc13a0bfd001e8ca3caa",
            "61680fc13a0bfd001e8ca3cg",
            "61680fc13a0bfd001e8ca3c\n",
            "'; drop table students;--",
            "--help",
            "61680fc13a0bfd001e8ca3c\0",
            "６１６８０ｆｃ１",
            "{0d9f1b5e-0000-4000-8000-0000000000ab}",
            "0d9f1b5e00004000800000000000000ab",
            "*",
            long.as_str(),
        ] {
            let refused = text.parse::<EstablishmentId>().unwrap_err().to_string();
            assert!(refused.len() < 160);
            assert!(text.is_empty() || text == "*" || !refused.contains(text));
        }
    }
}
