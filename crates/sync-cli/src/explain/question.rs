//! Reads the question: a record or an e-mail, from the first line of stdin, so that no e-mail appears in an argument or
//! a URL.

use std::fmt;
use std::io::{self, BufRead};

use sync_protocol::KnackRecordId;

use crate::domain::Email;

/// More than any e-mail has.
const LONGEST: u64 = 320;

/// Whom a question is about.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Question {
    Record(KnackRecordId),
    Email(Email),
}

impl fmt::Debug for Question {
    /// Not even in a debug message.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Question")
    }
}

impl Question {
    /// `None` for anything else.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        let record = line.parse().map(Self::Record).ok();
        record.or_else(|| Email::parse(line).map(Self::Email))
    }
}

/// The first line of stdin; of a longer one, so much that it is no question. What follows is left there.
pub(crate) fn read_question() -> io::Result<Option<Question>> {
    read_from(io::stdin().lock())
}

fn read_from(input: impl BufRead) -> io::Result<Option<Question>> {
    let mut line = Vec::new();
    let mut bounded = io::Read::take(input, LONGEST + 1);
    bounded.read_until(b'\n', &mut line)?;
    let is_whole = line.len() as u64 <= LONGEST;
    let line = String::from_utf8(line).ok().filter(|_| is_whole);
    Ok(line.and_then(|line| Question::parse(&line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "61680fc13a0bfd001e8ca3ca";

    #[test]
    fn a_question_is_one_line_with_a_record_or_an_email_and_nothing_else() {
        let record = Question::Record(RECORD.parse().unwrap());
        let email = |text| Email::parse(text).map(Question::Email);
        for (input, expected) in [
            (format!("{RECORD}\nmore"), Some(record.clone())),
            (format!(" {} \r\n", RECORD.to_uppercase()), Some(record)),
            ("Ann@Example.test\n".to_owned(), email("ann@example.test")),
            ("ann@example.test".to_owned(), email("ann@example.test")),
            (String::new(), None),
            ("\n".to_owned(), None),
            ("Ann Other\n".to_owned(), None),
            (format!("{}@example.test\n", "a".repeat(400)), None),
            (format!("{}{RECORD}\n", " ".repeat(400)), None),
        ] {
            let read = read_from(input.as_bytes()).unwrap();
            assert!(read == expected, "{input:?}");
        }
        assert!(
            read_from(&b"\xff\xfe@example.test\n"[..])
                .unwrap()
                .is_none()
        );
    }
}
