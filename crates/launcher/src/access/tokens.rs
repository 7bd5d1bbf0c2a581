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
use super::caller::Caller;

/// Makes a token recognisable, also to scanners for leaked secrets.
const PREFIX: &str = "vsr_";
/// Followed by the id of a user that the server speaks for, it must still be a name that the refresh accepts.
const LONGEST_NAME: usize = 32;
/// As many bits as the digest has.
const RANDOM_BYTES: usize = 32;

/// The tokens that are known.
pub(crate) struct Tokens(Vec<Known>);

struct Known {
    digest: [u8; 32],
    caller: Caller,
}

/// A line of the file cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(crate) struct InvalidTokens {
    line: usize,
    problem: &'static str,
}

/// A token that was just made.
pub(crate) struct NewToken {
    /// What the caller keeps; it cannot be recovered.
    pub(crate) token: String,
    /// What goes into the file.
    pub(crate) line: String,
}

impl Tokens {
    /// Reads the file's text. Blank lines and lines that begin with `#` are ignored.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidTokens> {
        let lines = text.lines().map(str::trim).enumerate();
        let entries = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        entries
            .map(|(n, line)| {
                Known::parse(line).map_err(|problem| InvalidTokens {
                    line: n + 1,
                    problem,
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// This token alone.
    pub(crate) fn only(new: &NewToken) -> Self {
        Self::parse(&new.line).expect("a line of our own can be read")
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
}

impl Known {
    fn parse(line: &str) -> Result<Self, &'static str> {
        let mut words = line.splitn(3, char::is_whitespace);
        let digest = words.next().and_then(digest);
        let digest = digest.ok_or("the first word must be a SHA-256 in hexadecimal")?;
        let authority = words.next().and_then(authority);
        let authority = authority
            .ok_or("the second word must be `all`, or establishment ids joined by commas")?;
        let name = words.next().ok_or("the name is missing")?;
        let name = token_name(name)
            .map_err(|_| "the name must be 1 to 32 letters, digits, spaces or . _ : -")?;
        Ok(Self {
            digest,
            caller: Caller::new(name, authority),
        })
    }
}

/// What a token may be called.
pub(crate) fn token_name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    short_name(name)
        .ok()
        .filter(|name| (1..=LONGEST_NAME).contains(&name.len()))
        .ok_or("must be 1 to 32 letters, digits, spaces or . _ : -")
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
mod tests {
    use super::*;

    const SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";

    #[test]
    fn a_new_token_is_known_once_its_line_is_in_the_file() {
        let school = SCHOOL.parse().unwrap();
        let new = NewToken::generate("cron of the office", &[school]);
        assert!(!new.line.contains(&new.token));
        let file = format!("# callers\n\n{}\n", new.line);
        let caller = Tokens::parse(&file).unwrap().find(&new.token).unwrap();
        assert_eq!(caller.name(), "cron of the office");
        assert_eq!(*caller.authority(), Authority::Some([school].into()));
    }

    #[test]
    fn no_other_text_is_a_token() {
        let new = NewToken::generate("x", &[]);
        let tokens = Tokens::parse(&new.line).unwrap();
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

    #[test]
    fn a_line_that_cannot_be_read_is_named_and_not_repeated() {
        let digest = "0".repeat(64);
        for line in [
            "canary".to_owned(),
            digest.clone(),
            format!("{digest} canary name"),
            format!("{digest} all"),
            format!("{digest} all canary@example.test"),
            format!("{digest} {SCHOOL}, canary"),
        ] {
            let error = Tokens::parse(&format!("# one\n{line}")).err().unwrap();
            assert_eq!(error.line, 2);
            assert!(!error.to_string().contains("canary"));
        }
    }
}
