//! Patterns of cache keys. Redis keys are bytes, so they are matched as bytes: `*` is any number of them, `?` is one.

/// A pattern of keys with a place for a school's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyPattern(String);

/// The keys of one school that a pattern means.
pub(super) struct SchoolPattern(Vec<u8>);

impl KeyPattern {
    /// A pattern must name the school, or one refresh would clear the cache of all schools.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        (text.contains("{id}") && !text.contains(char::is_whitespace))
            .then(|| Self(text.to_owned()))
    }

    /// A key that this pattern could mean, and that nobody has: no school has this id.
    pub(super) fn of_nobody(&self) -> String {
        self.0.replace("{id}", "nobody")
    }

    pub(super) fn of(&self, id: &str) -> SchoolPattern {
        SchoolPattern(self.0.replace("{id}", id).into_bytes())
    }
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
        ] {
            assert_eq!(KeyPattern::parse(text).is_some(), is_pattern, "{text}");
        }
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
            // Brackets and backslashes stand for themselves.
            ("[a]{id}", b"aS", false),
            ("[a]{id}", b"[a]S", true),
        ] {
            let pattern = KeyPattern::parse(pattern).unwrap().of("S");
            assert_eq!(pattern.matches(key), is_match, "{:?} {key:?}", pattern.0);
        }
    }
}
