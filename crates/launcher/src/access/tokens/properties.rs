//! Any file is read whole or refused by the number of one of its lines, and nothing of it is repeated.

use proptest::prelude::*;

use super::*;

const SECRET: &str = "Canary";

fn any_line() -> impl Strategy<Value = Vec<u8>> {
    let good = (
        0..60_u8,
        "(all|[0-9a-f]{24}(,[0-9a-f]{24}){0,2})",
        "[a-z][a-z0-9 ._:-]{0,20}",
    );
    let good = good.prop_map(|(n, schools, name)| {
        format!("{} {schools} {name}", format!("{n:02x}").repeat(32))
    });
    let text = prop_oneof![
        6 => good,
        1 => "[ \t\r\u{feff}]{0,3}",
        1 => Just(format!("# {SECRET}")),
        1 => "[0-9a-f]{62,66} (all|Canary) [a-z@]{0,40}",
        1 => any::<String>().prop_map(|text| format!("{text}{SECRET}").replace('\n', "")),
    ];
    prop_oneof![
        9 => text.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..80),
    ]
}

fn is_ignored(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line).into_owned();
    let text = text.trim_start_matches('\u{feff}').trim();
    text.is_empty() || text.starts_with('#')
}

proptest! {
    #[test]
    fn any_file_is_read_whole_or_refused_by_the_number_of_a_line(
        lines in prop::collection::vec(any_line(), 0..8), end in prop::sample::select(&["\n", "\r\n"][..]),
    ) {
        let file = lines.join(end.as_bytes());
        let last = file.split(|byte| *byte == b'\n').count();
        match Tokens::parse(&file) {
            Ok(tokens) => {
                let counted = file.split(|byte| *byte == b'\n').filter(|line| !is_ignored(line)).count();
                prop_assert_eq!(tokens.len(), counted);
                let mut names: Vec<String> = tokens.listed().map(|token| token.name).collect();
                names.sort_unstable();
                names.dedup();
                prop_assert_eq!(names.len(), counted);
                prop_assert!(names.iter().all(|name| token_name(name).as_ref() == Ok(name)));
            }
            Err(InvalidTokens::Empty) => {
                prop_assert!(file.split(|byte| *byte == b'\n').all(is_ignored));
            }
            Err(InvalidTokens::Line { line, problem }) => {
                prop_assert!((1..=last).contains(&line));
                prop_assert!(!problem.contains(SECRET) && problem.is_ascii(), "{problem}");
            }
        }
    }

    #[test]
    fn no_text_is_a_token_of_a_file_that_was_not_made_for_it(text in any::<String>()) {
        let tokens = Tokens::only(&NewToken::generate("office", &[]));
        prop_assert_eq!(tokens.find(&text), None);
    }
}
