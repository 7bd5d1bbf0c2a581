//! Access tokens of servers, cron jobs and the demo. Only their SHA-256 is kept, one line each:
//! `<sha-256 in hex> <all, or ids joined by commas> <name>`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use settings::value::short_name;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use sync_protocol::EstablishmentId;

use super::authority::Authority;
use super::caller::{Caller, NamedBy};

/// Makes a token recognisable, also to scanners for leaked secrets.
const PREFIX: &str = "vsr_";
/// Followed by the id of a user that the server speaks for, it must still be a name that the refresh accepts.
const LONGEST_NAME: usize = 32;
/// As many bits as the digest has.
const RANDOM_BYTES: usize = 32;

/// The tokens that are known.
pub(crate) struct Tokens(Vec<Known>);

struct Known {
    line: usize,
    digest: [u8; 32],
    caller: Caller,
}

/// A token of the file, without what it is recognised by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListedToken {
    /// Its line in the file; the first is 1.
    pub(crate) line: usize,
    pub(crate) name: String,
    /// The schools that it covers; nothing for all.
    pub(crate) schools: Option<Vec<String>>,
}

/// The file cannot be used; as the end of a sentence about it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidTokens {
    /// Of two lines that exclude each other, the later one.
    #[error("names a file with a mistake in line {line}: {problem}")]
    Line { line: usize, problem: String },
    /// It would lock everybody out.
    #[error("names a file without any token: add a line of `sync-launcher token new`")]
    Empty,
}

/// A token that was just made.
pub(crate) struct NewToken {
    /// The token itself, for the caller. It cannot be recovered.
    pub(crate) token: String,
    /// The line for the file.
    pub(crate) line: String,
}

impl Tokens {
    /// Reads the file. Blank lines and lines that begin with `#` are ignored. Two lines of one token could contradict each
    /// other, and two tokens of one name would share its limits, so neither is accepted.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, InvalidTokens> {
        let mut known: Vec<Known> = Vec::new();
        for (n, bytes) in file.split(|byte| *byte == b'\n').enumerate() {
            let line = n + 1;
            let invalid = |problem: String| InvalidTokens::Line { line, problem };
            let text = text(bytes).map_err(|problem| invalid(problem.to_owned()))?;
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let new = Known::parse(line, text, NamedBy::TokensFile)
                .map_err(|problem| invalid(problem.to_owned()))?;
            for other in &known {
                let earlier = other.line;
                if other.digest == new.digest {
                    return Err(invalid(format!("the token of line {earlier} again")));
                }
                if other.caller.name() == new.caller.name() {
                    return Err(invalid(format!("the name of line {earlier} again")));
                }
            }
            known.push(new);
        }
        if known.is_empty() {
            return Err(InvalidTokens::Empty);
        }
        Ok(Self(known))
    }

    /// This token of our own alone.
    pub(crate) fn only(new: &NewToken) -> Self {
        let known = Known::parse(1, &new.line, NamedBy::Us);
        Self(vec![known.expect("a line of our own can be read")])
    }

    /// The caller with this token. Compares all of them in the same time, found or not.
    pub(crate) fn find(&self, token: &str) -> Option<Caller> {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let mut found = None;
        for known in &self.0 {
            if bool::from(known.digest.ct_eq(&digest)) {
                found = Some(&known.caller);
            }
        }
        found.cloned()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, in the order of the file.
    pub(crate) fn listed(&self) -> impl Iterator<Item = ListedToken> {
        self.0.iter().map(|known| {
            let ids = known.caller.authority().candidates();
            let schools = ids.map(|ids| {
                let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                ids.sort_unstable();
                ids
            });
            ListedToken {
                line: known.line,
                name: known.caller.name().to_owned(),
                schools,
            }
        })
    }
}

impl Known {
    fn parse(line: usize, text: &str, by: NamedBy) -> Result<Self, &'static str> {
        let (word, rest) = first_word(text);
        let digest = digest(word);
        let digest = digest.ok_or("the first word must be a SHA-256 in hexadecimal")?;
        let (word, name) = first_word(rest);
        let authority = authority(word)
            .ok_or("the second word must be `all`, or establishment ids joined by commas")?;
        if name.is_empty() {
            return Err("the name is missing");
        }
        let name = token_name(name)
            .map_err(|_| "the name must be 1 to 32 letters, digits, spaces or . _ : -")?;
        Ok(Self {
            line,
            digest,
            caller: Caller::new(by, name, authority),
        })
    }
}

/// Checks the name of a token.
pub(crate) fn token_name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    short_name(name)
        .ok()
        .filter(|name| (1..=LONGEST_NAME).contains(&name.len()))
        .ok_or("must be 1 to 32 letters, digits, spaces or . _ : -")
}

/// A line without what editors put around it: a byte order mark, a carriage return.
fn text(line: &[u8]) -> Result<&str, &'static str> {
    const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
    if UTF_16.iter().any(|mark| line.starts_with(mark)) {
        return Err("the file is saved as UTF-16; save it as UTF-8");
    }
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8 text")?;
    Ok(text.trim_start_matches('\u{feff}').trim())
}

/// A line's first word, and what follows it; columns may be aligned with any number of blanks.
fn first_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn authority(word: &str) -> Option<Authority> {
    if word == "all" {
        return Some(Authority::All);
    }
    let ids = word.split(',').map(str::parse::<EstablishmentId>);
    ids.collect::<Result<_, _>>().ok().map(Authority::Some)
}

impl NewToken {
    /// A new token for these schools; none means all.
    pub(crate) fn generate(name: &str, schools: &[EstablishmentId]) -> Self {
        let random: [u8; RANDOM_BYTES] = rand::random();
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let ids: Vec<String> = schools.iter().map(ToString::to_string).collect();
        let schools = if ids.is_empty() {
            "all".to_owned()
        } else {
            ids.join(",")
        };
        let digest = hex::encode(Sha256::digest(token.as_bytes()));
        Self {
            line: format!("{digest} {schools} {name}"),
            token,
        }
    }
}

impl fmt::Debug for NewToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("NewToken")
    }
}

fn digest(word: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(word, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";

    #[test]
    fn a_new_token_is_known_once_its_line_is_in_the_file() {
        let school = SCHOOL.parse().unwrap();
        let new = NewToken::generate("cron of the office", &[school]);
        assert!(!new.line.contains(&new.token));
        let file = format!("# callers\n\n{}\n", new.line);
        let caller = Tokens::parse(file.as_bytes())
            .unwrap()
            .find(&new.token)
            .unwrap();
        assert_eq!(caller.name(), "cron of the office");
        assert_eq!(*caller.authority(), Authority::Some([school].into()));
    }

    #[test]
    fn no_other_text_is_a_token() {
        let new = NewToken::generate("x", &[]);
        let tokens = Tokens::parse(new.line.as_bytes()).unwrap();
        let digest = new.line.split(' ').next().unwrap();
        for other in [
            "",
            "vsr_",
            digest,
            &new.token[..10],
            &format!("{} ", new.token),
        ] {
            assert_eq!(tokens.find(other), None, "{other}");
        }
    }

    fn line(n: u8, name: &str) -> String {
        format!("{} all {name}", format!("{n:02x}").repeat(32))
    }

    #[test]
    fn the_words_of_a_line_may_be_any_number_of_blanks_apart() {
        let digest = "0".repeat(64);
        for line in [
            format!("{digest} all the office"),
            format!("{digest}   all  the office"),
            format!("{digest}\tall\t\tthe office"),
            format!("  {digest} \t all \t the office \r"),
        ] {
            let tokens = Tokens::parse(line.as_bytes()).unwrap();
            assert_eq!(tokens.0[0].caller.name(), "the office", "{line:?}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_and_not_repeated() {
        let digest = "0".repeat(64);
        for bad in [
            b"canary".to_vec(),
            digest.clone().into(),
            format!("{digest} canary name").into(),
            format!("{digest} all").into(),
            format!("{digest} all canary@example.test").into(),
            format!("{digest} {SCHOOL}, canary").into(),
            format!("{digest} all canary\rcanary").into(),
            [digest.as_bytes(), b" all canary\xff"].concat(),
        ] {
            let file = [b"# one\r\n", bad.as_slice()].concat();
            let error = Tokens::parse(&file).err().unwrap();
            let said = error.to_string();
            assert!(said.contains("line 2: "), "{said}");
            assert!(!said.contains("canary"), "{said}");
        }
    }

    #[test]
    fn a_token_or_a_name_that_comes_twice_is_a_mistake_of_the_later_line() {
        for (second, said) in [
            (line(1, "another"), "line 3: the token of line 1 again"),
            (
                line(0xab, "x").to_uppercase().replace(" ALL X", " all b"),
                "line 3: the token of line 2 again",
            ),
            (line(1, "one"), "line 3: the token of line 1 again"),
            (line(3, "one"), "line 3: the name of line 1 again"),
            (line(3, "  one "), "line 3: the name of line 1 again"),
        ] {
            let file = [line(1, "one"), line(0xab, "two"), second].join("\n");
            let error = Tokens::parse(file.as_bytes()).err().unwrap().to_string();
            assert!(error.ends_with(said), "{error}");
        }
        let different = [line(1, "one"), line(2, "One"), line(3, "one.")].join("\n");
        assert_eq!(Tokens::parse(different.as_bytes()).unwrap().len(), 3);
    }

    #[test]
    fn a_file_is_read_whichever_editor_saved_it() {
        let (one, two) = (line(1, "one"), line(2, "two"));
        for file in [
            format!("{one}\n{two}"),
            format!("{one}\r\n\r\n{two}\r\n"),
            format!("\u{feff}{one}\n{two}\n"),
            format!("\u{feff}# tokens\r\n{one}\r\n\u{feff}{two}\r\n"),
            format!("  {one}\t\n\n\n{two} "),
        ] {
            assert_eq!(Tokens::parse(file.as_bytes()).unwrap().len(), 2, "{file:?}");
        }
        let utf_16: Vec<u8> = format!("\u{feff}{one}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let error = Tokens::parse(&utf_16).err().unwrap().to_string();
        assert!(
            error.contains("line 1: the file is saved as UTF-16"),
            "{error}"
        );
    }

    #[test]
    fn a_file_without_a_token_is_none() {
        for file in ["", "\n\n", "\u{feff}", "# nothing\n \t\r\n"] {
            let error = Tokens::parse(file.as_bytes()).err();
            assert_eq!(error, Some(InvalidTokens::Empty), "{file:?}");
        }
    }
}
