//! Reading a `.env` file as python-dotenv and Node do, since it is usually shared with programs that use them. Where those
//! two differ, the dashboard's is followed, which is python-dotenv, but for two things: a value in single quotes is taken as
//! it is, and one in backquotes is read as Node reads it.
//!
//! Never an error by itself: a line that cannot be read may well be another program's. It is kept with its number, for callers
//! that need the setting that it would set.

use std::collections::HashMap;

/// The content of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    /// By name; of several with the same name the last counts.
    pub(crate) variables: HashMap<String, Entry>,
    /// The numbers of the lines that cannot be read.
    pub(crate) unreadable: Vec<usize>,
}

/// A file's entry for one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Value(String),
    /// It is on this line, which cannot be read.
    Unreadable {
        line: usize,
    },
}

/// The file is not text in UTF-8 at all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotText;

/// Replaces bytes that are not UTF-8.
const REPLACED: char = char::REPLACEMENT_CHARACTER;

/// Reads a whole file. `of_process` is the value of a variable of the process, which wins over the file's in `${NAME}`.
pub(crate) fn parse(
    bytes: &[u8],
    of_process: impl Fn(&str) -> Option<String>,
) -> Result<Lines, NotText> {
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    if is_utf16 || bytes.contains(&0) {
        return Err(NotText);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let mut lines = Lines::default();
    let (mut rest, mut number) = (text.as_str(), 1);
    while !rest.is_empty() {
        let line = rest.split('\n').next().unwrap_or_default();
        let mut used = line.len();
        match binding(rest) {
            Binding::Nothing => {}
            Binding::Variable(variable) => {
                // More than the line, if its value has several.
                used = variable.length;
                let entry = if variable.text.contains(REPLACED) {
                    lines.unreadable.push(number);
                    Entry::Unreadable { line: number }
                } else if variable.is_literal {
                    Entry::Value(variable.text)
                } else {
                    let before = |name: &str| of_process(name).or_else(|| lines.value(name));
                    Entry::Value(expanded(&variable.text, before))
                };
                lines.variables.insert(variable.name.to_owned(), entry);
            }
            Binding::Unreadable => {
                if !is_bare_name(line) {
                    lines.unreadable.push(number);
                }
                let sets = line.contains('=');
                for name in names_in(line) {
                    let unreadable = Entry::Unreadable { line: number };
                    let entry = lines.variables.entry(name.to_owned());
                    // Without a `=` it may be meant to set something, but not in the place of what does.
                    let entry = entry.or_insert(unreadable.clone());
                    if sets {
                        *entry = unreadable;
                    }
                }
            }
        }
        number += rest[..used].matches('\n').count() + 1;
        rest = rest.get(used + 1..).unwrap_or_default();
    }
    Ok(lines)
}

/// The kind of entry that a line begins.
enum Binding<'a> {
    /// It is blank, or a comment.
    Nothing,
    Variable(Variable<'a>),
    Unreadable,
}

struct Variable<'a> {
    name: &'a str,
    text: String,
    /// Whether `${NAME}` in it means nothing.
    is_literal: bool,
    /// Of all of it, without the end of its last line.
    length: usize,
}

impl Lines {
    fn value(&self, name: &str) -> Option<String> {
        match self.variables.get(name)? {
            Entry::Value(text) => Some(text.clone()),
            Entry::Unreadable { .. } => None,
        }
    }
}

/// The entry at the beginning of `text`, which may have several lines.
fn binding(text: &str) -> Binding<'_> {
    let line = text.split('\n').next().unwrap_or_default();
    let trimmed = line.trim_start();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return Binding::Nothing;
    }
    let Some((before, _)) = line.split_once('=') else {
        return Binding::Unreadable;
    };
    let name = name_in(before);
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || "#'\"`".contains(c)) {
        return Binding::Unreadable;
    }
    let behind_sign = &text[before.len() + 1..];
    let from_value = behind_sign.trim_start_matches(is_blank);
    let is_behind_blank = from_value.len() < behind_sign.len();
    let before_value = text.len() - from_value.len();
    let Some(quote @ ('\'' | '"' | '`')) = from_value.chars().next() else {
        return Binding::Variable(Variable {
            name,
            text: unquoted(from_value, is_behind_blank).to_owned(),
            is_literal: false,
            length: line.len(),
        });
    };
    let Some((value, length, is_literal)) = quoted(from_value, quote) else {
        return Binding::Unreadable;
    };
    let behind = from_value[length..].split('\n').next().unwrap_or_default();
    let beyond = behind.trim_start_matches(is_blank);
    if !beyond.is_empty() && !beyond.starts_with('#') {
        return Binding::Unreadable;
    }
    Binding::Variable(Variable {
        name,
        text: value,
        is_literal,
        length: before_value + length + behind.len(),
    })
}

/// The name before a `=`: `export` in front of it means nothing, and single quotes around it neither.
fn name_in(before: &str) -> &str {
    let name = before.trim();
    let name = match name.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        Some(_) | None => name,
    };
    let unquoted = name.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
    unquoted.unwrap_or(name)
}

/// Up to the end of the line, or to a comment, which begins with a `#` behind a blank.
fn unquoted(from_value: &str, is_behind_blank: bool) -> &str {
    let line = from_value.split('\n').next().unwrap_or_default();
    let mut before = if is_behind_blank { ' ' } else { '=' };
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_whitespace() {
            return line[..at].trim_end();
        }
        before = c;
    }
    line.trim_end()
}

/// A value in quotes, how long it is with them, and whether it is literal. `None` if they are not closed.
fn quoted(from_value: &str, quote: char) -> Option<(String, usize, bool)> {
    let mut value = String::new();
    let mut rest = from_value.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        if c == quote {
            return Some((value, at + 1, quote != '"'));
        }
        let escaped = match (c, quote, rest.peek()) {
            ('\\', '"', Some((_, next))) => escape(*next),
            ('\\', '\'', Some((_, next @ ('\\' | '\'')))) => Some(*next),
            _ => None,
        };
        match escaped {
            Some(escaped) => {
                value.push(escaped);
                rest.next();
            }
            None => value.push(c),
        }
    }
    None
}

/// The meaning of a backslash before this character in double quotes.
fn escape(next: char) -> Option<char> {
    Some(match next {
        '\\' | '\'' | '"' => next,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'v' => '\x0b',
        _ => return None,
    })
}

/// The names that a line which cannot be read may be meant to set: those before its `=`, or else its first word.
fn names_in(line: &str) -> impl Iterator<Item = &str> {
    let (before, most) = match line.split_once('=') {
        Some((before, _)) => (before, usize::MAX),
        None => (line, 1),
    };
    before
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty() && *word != "export")
        .take(most)
}

/// `NAME` or `export NAME`: python-dotenv says nothing about it, and it sets nothing.
fn is_bare_name(line: &str) -> bool {
    let name = name_in(line);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Replaces `${NAME}` and `${NAME:-default}`; what is not set is nothing.
fn expanded(text: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, after)) = after.split_once('}') else {
            break;
        };
        let (name, default) = inside.split_once(":-").unwrap_or((inside, ""));
        expanded.push_str(before);
        expanded.push_str(&value_of(name).unwrap_or_else(|| default.to_owned()));
        rest = after;
    }
    expanded + rest
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() && c != '\n'
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries of a file, sorted, with `!` and the line for those that cannot be read.
    fn read(text: &str) -> String {
        let process = |name: &str| (name == "HOME").then(|| "/home/ann".to_owned());
        let lines = parse(text.as_bytes(), process).unwrap();
        let mut said: Vec<String> = lines
            .variables
            .into_iter()
            .map(|(name, entry)| match entry {
                Entry::Value(text) => format!("{name}={text}"),
                Entry::Unreadable { line } => format!("{name}!{line}"),
            })
            .collect();
        said.sort();
        said.join("|")
    }

    #[test]
    fn a_file_is_read_as_python_dotenv_and_node_read_it() {
        for (text, expected) in [
            ("A=1", "A=1"),
            ("A=1\nB=2\n", "A=1|B=2"),
            ("A=1\r\nB=2\r\n", "A=1|B=2"),
            ("\u{feff}A=1\n", "A=1"),
            ("  A = 1  \n", "A=1"),
            (
                "export A=1\nexport\tB=2\nexportC=3\nexport=4",
                "A=1|B=2|export=4|exportC=3",
            ),
            ("# A=1\n   # B=2\n\n \t \nC=3", "C=3"),
            ("A=\nB=2", "A=|B=2"),
            ("A=\"\"\nB=''", "A=|B="),
            // Unquoted.
            (
                "A=VESPA Team <x@y.test>\nB=2",
                "A=VESPA Team <x@y.test>|B=2",
            ),
            ("A=1 # comment", "A=1"),
            ("A=1\t# comment", "A=1"),
            ("A=rediss://host#insecure", "A=rediss://host#insecure"),
            ("A=#1", "A=#1"),
            // As Node reads it, and newer versions of python-dotenv.
            ("A= # comment\nB=\t#", "A=|B="),
            ("A=it's \"said\"", "A=it's \"said\""),
            ("A=a\\nb", "A=a\\nb"),
            ("A=a=b==", "A=a=b=="),
            ("A={\"a\": \"b\"}", "A={\"a\": \"b\"}"),
            // In quotes.
            ("A='a \"b\" # c' # comment", "A=a \"b\" # c"),
            ("A=\"it's # c\"# comment", "A=it's # c"),
            (
                "A=\"a\\nb\\t\\\"c\\\" \\$x \\x41\"",
                "A=a\nb\t\"c\" \\$x \\x41",
            ),
            ("A='a\\nb it\\'s'", "A=a\\nb it's"),
            ("A=`a \"b\" 'c'`", "A=a \"b\" 'c'"),
            ("A=\"one\ntwo\r\nthree\"\nB=2", "A=one\ntwo\nthree|B=2"),
            ("A='one\n# two\nB=3'\nC=2", "A=one\n# two\nB=3|C=2"),
            ("'A'=1", "A=1"),
            // The last one counts.
            ("A=1\nA=2", "A=2"),
            ("A=\"1\nA=2", "A=2"),
            ("A=1\nA=\"2", "A!2"),
            // Variables.
            ("A=$HOME", "A=$HOME"),
            ("A=${HOME}/x\nHOME=/other", "A=/home/ann/x|HOME=/other"),
            ("B=z\nA=\"${B}${NO}${NO:-d}\"", "A=zd|B=z"),
            ("A='${HOME}'", "A=${HOME}"),
            ("A=${HOME", "A=${HOME"),
            // What cannot be read.
            ("A=\"1\nB=\"2\"\nC=3", "A!1|B=2|C=3"),
            ("A='1\nB=2", "A!1|B=2"),
            ("A=\"1\"2\nB=2", "A!1|B=2"),
            ("\nA: 1\nB=2", "A!2|B=2"),
            ("A 1\nB=2", "A!1|B=2"),
            ("export A\nB=2", "A!1|B=2"),
            ("set A=1\nB=2", "A!1|B=2|set!1"),
            ("\"A\"=1", "A!1"),
            ("=1\nB=2", "B=2"),
            ("A=1\nA is a number\nA: 2\nexport A", "A=1"),
            ("A is a number\nA=1", "A=1"),
            ("A=1\nset A=2", "A!2|set!2"),
            ("A='one\ntwo'\nB=\"\n", "A=one\ntwo|B!3"),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_that_cannot_be_read_are_counted_as_an_editor_counts_them() {
        let text = b"A=1\r\nhello world\r\nB='one\r\ntwo'\r\nC=\"\r\nexport D\r\nE=caf\xe9\r\n";
        let lines = parse(text, |_| None).unwrap();
        assert_eq!(lines.unreadable, [2, 5, 7]);
        assert_eq!(lines.variables["E"], Entry::Unreadable { line: 7 });
    }

    #[test]
    fn utf_16_and_what_is_no_text_are_told_apart_from_a_line_of_another_encoding() {
        let utf_16: Vec<u8> = "A=1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [b"\xff\xfe".to_vec(), utf_16.clone()].concat();
        for bytes in [&utf_16[..], &marked, b"\xfe\xff\0A", b"\x7fELF\x02\0"] {
            assert_eq!(parse(bytes, |_| None), Err(NotText), "{bytes:?}");
        }
        assert!(parse(b"A=\xff", |_| None).is_ok());
    }
}
