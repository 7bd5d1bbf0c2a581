//! The code of an error: PostgreSQL's SQLSTATE, or one of PostgREST's own.

use std::fmt;

/// A SQLSTATE or PGRST code. Empty when the answer had none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SqlState([u8; 8]);

impl SqlState {
    /// Keeps nothing that is not a code: the text comes from outside and is shown to people.
    pub fn new(text: &str) -> Self {
        let mut code = [0; 8];
        if text.len() <= code.len()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            code[..text.len()].copy_from_slice(text.as_bytes());
        }
        Self(code)
    }

    /// Whether it is as PostgreSQL or PostgREST write theirs. All of theirs have digits; ERROR and ABUSE are anybody's words.
    pub(crate) fn is_known_form(self) -> bool {
        let text = self.as_str();
        let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
        (text.len() == 5 && has_digit) || text.starts_with("PGRST")
    }

    /// Whether the database itself gave it, and not PostgREST.
    pub fn is_sql_state(self) -> bool {
        self.as_str().len() == 5
    }

    /// The code, possibly empty.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().take_while(|byte| **byte != 0).count();
        std::str::from_utf8(&self.0[..length]).expect("only ASCII is stored")
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SqlState({})", self.as_str())
    }
}

/// Written behind a status or a sentence: `, code 23514`, or nothing.
impl fmt::Display for SqlState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            "" => Ok(()),
            code => write!(out, ", code {code}"),
        }
    }
}
