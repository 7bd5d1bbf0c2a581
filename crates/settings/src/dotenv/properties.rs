//! Any file is read, a line that cannot be read spoils no other, and values come back as they were written.

use proptest::prelude::*;

use super::*;

/// Lines as people write them, well and badly.
fn any_line() -> impl Strategy<Value = String> {
    let any = prop_oneof![
        "(export )?[A-C]{1,2} ?= ?[a-z0-9 #$'\"`\\\\{}:=-]{0,12}",
        "[A-C]=(\"[a-z\\\\\"$# ]{0,8}\"|'[a-z\\\\' ]{0,8}'|`[a-z' ]{0,8}`)[ #a-z]{0,3}",
        "[A-C]=\\$\\{[A-C]{0,2}(:-)?[a-z]{0,2}\\}?",
        "#.{0,9}",
        "(export|set|A:|A) ?[A-C]{0,1}",
        ".{0,20}",
    ];
    any.prop_map(|line| line.replace(['\r', '\u{feff}'], ""))
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let lines = (
        prop::collection::vec(any_line(), 0..8),
        prop::sample::select(&["\n", "\r\n", "\r", "\n\n"][..]),
    );
    prop_oneof![
        4 => lines.prop_map(|(lines, end)| lines.join(end).into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..120),
    ]
}

/// Values that mean themselves in quotes.
fn plain() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 #$=:/\u{e9}\u{4e00}.{}\n@+-]{0,20}"
}

fn number_of_lines(file: &[u8]) -> usize {
    file.iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count()
        + 1
}

proptest! {
    #[test]
    fn any_file_is_read_and_its_bad_lines_have_numbers_that_an_editor_shows(file in any_file()) {
        let Ok(lines) = parse(&file, |_| None) else {
            prop_assert!(file.contains(&0) || file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff"));
            return Ok(());
        };
        let last = number_of_lines(&file);
        prop_assert!(lines.unreadable.is_sorted_by(|one, next| one < next));
        prop_assert!(lines.unreadable.iter().all(|line| (1..=last).contains(line)));
        for (name, entry) in lines.variables {
            prop_assert!(!name.is_empty() && !name.contains(char::is_whitespace), "{name:?}");
            match entry {
                Entry::Value(text) => prop_assert!(!text.contains(REPLACED)),
                Entry::Unreadable { line } => prop_assert!((1..=last).contains(&line)),
            }
        }
    }

    #[test]
    fn a_value_comes_back_as_it_was_written_whatever_lines_are_around_it(
        value in plain(), quote in prop::sample::select(&['\'', '`'][..]),
        before in "(# [a-z' ]{0,9}|[B-D]=[a-z]{0,5}|[B-D] is [a-z]{0,5}|)", mut after in any_file(),
    ) {
        // It does not name the variable again, and is text.
        for byte in &mut after {
            if matches!(byte, b'A' | 0) {
                *byte = b'B';
            }
        }
        let mut file = format!("{before}\nA={quote}{value}{quote}\n").into_bytes();
        file.extend_from_slice(b"# end\n");
        let expected = Some(Entry::Value(value));
        let alone = parse(&file, |_| None).unwrap();
        prop_assert_eq!(alone.variables.get("A").cloned(), expected.clone());
        file.extend_from_slice(&after);
        let beside = parse(&file, |_| None).unwrap();
        prop_assert_eq!(beside.variables.get("A").cloned(), expected);
    }

    #[test]
    fn files_of_other_systems_are_read_alike(lines in prop::collection::vec(any_line(), 0..6)) {
        let read = |end: &str| parse(lines.join(end).as_bytes(), |_| None);
        prop_assert_eq!(read("\n"), read("\r\n"));
        prop_assert_eq!(read("\n"), read("\r"));
        let marked = ["\u{feff}", &lines.join("\n")].concat();
        prop_assert_eq!(parse(marked.as_bytes(), |_| None), read("\n"));
    }
}
