//! Patterns of cache keys. Redis keys are bytes, so they are matched as bytes: `*` is any number of them, `?` is one.
//!
//! `{id}` is a school's id. `{md5:…}` is the MD5 of a text with the id in it, as the dashboard makes keys of a function's
//! arguments (docs/knack-and-dashboard.md, "Cache keys").

use md5::{Digest, Md5};

const ID: &str = "{id}";
const MD5: &str = "{md5:";

/// A pattern of keys with a place for a school's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyPattern(String);

/// The keys of one school that a pattern means.
pub(super) struct SchoolPattern(Vec<u8>);

impl KeyPattern {
    /// A pattern must name the school, or one refresh would clear the cache of all schools.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let names_school = text.contains(ID) && !text.contains(char::is_whitespace);
        // Any id will do: they consist of digits, letters and hyphens.
        (names_school && hashed(&text.replace(ID, "0")).is_some()).then(|| Self(text.to_owned()))
    }

    /// A key that this pattern could mean, and that nobody has: no school has this id.
    pub(super) fn of_nobody(&self) -> Vec<u8> {
        self.of("nobody").0
    }

    pub(super) fn of(&self, id: &str) -> SchoolPattern {
        let named = self.0.replace(ID, id);
        SchoolPattern(hashed(&named).unwrap_or(named).into_bytes())
    }
}

/// The text with hashes in place of what is to be hashed; `None` if that does not end, or is itself a pattern.
fn hashed(text: &str) -> Option<String> {
    let mut parts = text.split(MD5);
    let mut hashed = parts.next()?.to_owned();
    for part in parts {
        let (argument, rest) = part.split_once('}')?;
        if argument.contains(['*', '?', '{']) {
            return None;
        }
        hashed.push_str(&hex::encode(Md5::digest(argument)));
        hashed.push_str(rest);
    }
    Some(hashed)
}

impl SchoolPattern {
    /// In time that grows with the length of key times pattern, whatever either holds.
    pub(super) fn matches(&self, key: &[u8]) -> bool {
        let pattern = self.0.as_slice();
        let (mut at_pattern, mut at_key) = (0, 0);
        // Behind the last `*`, and the key's byte from which the rest was tried.
        let mut retry: Option<(usize, usize)> = None;
        while at_key < key.len() {
            match pattern.get(at_pattern) {
                Some(b'*') => {
                    at_pattern += 1;
                    retry = Some((at_pattern, at_key));
                }
                Some(byte) if *byte == b'?' || *byte == key[at_key] => {
                    at_pattern += 1;
                    at_key += 1;
                }
                Some(_) | None => {
                    // The last `*` takes one byte more.
                    let Some((behind, from)) = retry else {
                        return false;
                    };
                    at_pattern = behind;
                    at_key = from + 1;
                    retry = Some((behind, at_key));
                }
            }
        }
        pattern[at_pattern..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_without_the_school_or_with_blanks_is_none() {
        for (text, is_pattern) in [
            ("dataset:{id}:*", true),
            ("{id}", true),
            ("dataset:*", false),
            ("", false),
            ("a {id}", false),
            ("{id},\n", false),
            ("f:{md5:school_id:{id}}", true),
            ("f:{md5:{id}}:*", true),
            ("f:{md5:a}:{id}", true),
            ("f:{md5:school_id}", false),
            ("f:{md5:{id}", false),
            ("f:{md5:*{id}}", false),
            ("f:{md5:{md5:{id}}}", false),
        ] {
            assert_eq!(KeyPattern::parse(text).is_some(), is_pattern, "{text}");
        }
    }

    #[test]
    fn a_hash_is_the_dashboards_own() {
        let pattern = KeyPattern::parse("get_school_statistics:{md5:school_id:{id}}").unwrap();
        let of_school = pattern.of("61680fc13a0bfd001e8ca3ca");
        assert!(of_school.matches(b"get_school_statistics:16796180accd66c30ffea14c63c9d6e2"));
        assert!(
            !of_school.matches(b"get_school_statistics:{md5:school_id:61680fc13a0bfd001e8ca3ca}")
        );
        let of_another = pattern.of("61680fc13a0bfd001e8ca3cb");
        assert!(!of_another.matches(b"get_school_statistics:16796180accd66c30ffea14c63c9d6e2"));
    }

    #[test]
    fn keys_are_matched_byte_by_byte() {
        for (pattern, key, is_match) in [
            ("dataset:{id}:*", &b"dataset:S:1:chunk:0"[..], true),
            ("dataset:{id}:*", b"dataset:S:", true),
            ("dataset:{id}:*", b"dataset:S", false),
            ("dataset:{id}:*", b"dataset:T:1", false),
            ("dataset:{id}:*", b"dataset:S:\xff\xfe\x00", true),
            ("*:{id}:*", b"\xff:S:\x80", true),
            ("*:{id}:*", b":S:", true),
            ("*:{id}:*", b"S:", false),
            ("*:{id}:*", b"\xc3:T:S:x", true),
            ("*:{id}", b"a:S:b:S", true),
            ("*:{id}", b"a:S:b", false),
            ("{id}", b"S", true),
            ("{id}", b"", false),
            ("{id}?", b"S\xff", true),
            ("{id}?", b"S", false),
            ("{id}**", b"S", true),
            ("*{id}*{id}*", b"SS", true),
            ("*{id}*{id}*", b"S", false),
            // The MD5 of `S`, in either place.
            ("{md5:{id}}", b"5dbc98dcc983a70728bd082d1a47546e", true),
            (
                "*:{id}:{md5:{id}}?",
                b"a:S:5dbc98dcc983a70728bd082d1a47546e!",
                true,
            ),
            // Brackets and backslashes stand for themselves.
            ("[a]{id}", b"aS", false),
            ("[a]{id}", b"[a]S", true),
        ] {
            let pattern = KeyPattern::parse(pattern).unwrap().of("S");
            assert_eq!(pattern.matches(key), is_match, "{:?} {key:?}", pattern.0);
        }
    }
}
