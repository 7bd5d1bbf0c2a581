//! The documents are true: their command lines work as they are written, their table of exit codes is the program's, and
//! every file they name is there.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use e2e::documents::{DOCUMENTS, lines, say};
use e2e::{Refresh, Stage};
use sync_protocol::{ErrorCode, Signal, SyncExit};

const EXAMPLE_SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";

#[tokio::test]
async fn every_refresh_in_the_documents_works_as_written() {
    let stage = Stage::with_pupils([]).await;
    let lines: Vec<&str> = lines()
        .filter(|line| line.starts_with("sync-single-establishment "))
        .collect();
    assert!(lines.len() >= 4, "{lines:?}");
    for line in lines {
        // The program by its own path, the example's school replaced by one of this world.
        let shell = line
            .replacen("sync-single-establishment", "\"$0\" \"$@\"", 1)
            .replace(&format!("--establishment-id {EXAMPLE_SCHOOL}"), "");
        let is_refresh = line.contains(EXAMPLE_SCHOOL);
        let program = if is_refresh {
            stage.refresh()
        } else {
            Refresh::bare()
        }
        .into_command();
        let program = program.as_std();
        let output = tokio::process::Command::new("sh")
            .args(["-c", &shell])
            .arg(program.get_program())
            .args(program.get_args())
            .env_clear()
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    }
}

#[test]
fn the_table_of_exit_codes_is_the_programs() {
    let failures = [
        ErrorCode::Usage,
        ErrorCode::Configuration,
        ErrorCode::EstablishmentNotFound,
        ErrorCode::KnackRefused,
        ErrorCode::KnackUnavailable,
        ErrorCode::SupabaseRefused,
        ErrorCode::SupabaseUnavailable,
        ErrorCode::BadData,
        ErrorCode::Internal,
        ErrorCode::Deadline,
    ];
    for failure in failures {
        let code = SyncExit::Failed(failure).code();
        let name = serde_json::to_value(failure).unwrap();
        let row = format!("| {code} | `{}` |", name.as_str().unwrap());
        assert!(say(&row), "{row}");
    }
    let [interrupted, terminated] =
        [Signal::Interrupt, Signal::Terminate].map(|signal| SyncExit::Cancelled(signal).code());
    assert!(say(&format!(
        "| {interrupted}, {terminated} | `cancelled` |"
    )));
    assert!(say(&format!(
        "| {} | (`partial: true`) |",
        SyncExit::Partial.code()
    )));
}

#[test]
fn every_script_and_every_file_they_name_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    for (document, text) in DOCUMENTS {
        let scripts = text
            .split_whitespace()
            .filter(|word| word.starts_with("scripts/"))
            .map(|word| root.join(word.trim_end_matches(|c: char| !c.is_alphanumeric())));
        let folder = root.join(document);
        let folder = folder.parent().expect("a file lies in a folder");
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next())
            .filter(|link| !link.is_empty() && !link.starts_with("http"))
            .map(|link| folder.join(link));
        for path in scripts.chain(links) {
            assert!(path.exists(), "{document} names {}", path.display());
        }
    }
}

/// What a heading's link is, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_heading_that_a_link_names_is_there() {
    for (document, text) in DOCUMENTS {
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for (file, heading) in links.filter_map(|link| link.split_once('#')) {
            let path = match (file, folder) {
                ("", _) => document.to_owned(),
                (file, "") => file.to_owned(),
                (file, folder) => format!("{folder}/{file}").replace(&format!("{folder}/../"), ""),
            };
            let named = DOCUMENTS.iter().find(|(name, _)| *name == path);
            let (_, named) = named.unwrap_or_else(|| panic!("{document} names {path}"));
            let has_it = named
                .lines()
                .filter(|line| line.starts_with('#'))
                .any(|line| anchor(line.trim_start_matches('#').trim()) == heading);
            assert!(has_it, "{document} names {path}#{heading}");
        }
    }
}

/// A comment cites a fact by the document and, in quotes after a comma, its heading.
#[test]
fn every_fact_that_the_code_cites_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let (_, facts) = DOCUMENTS
        .into_iter()
        .find(|(name, _)| name.ends_with("knack-and-dashboard.md"))
        .expect("it is one of them");
    let headings: Vec<&str> = facts
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim())
        .collect();
    let cites = format!("{}, \"", "docs/knack-and-dashboard.md");
    let mut found = 0;
    for file in sources(&root.join("crates")).chain(sources(&root.join("tests"))) {
        let text = std::fs::read_to_string(&file).unwrap();
        let elsewhere = cited_elsewhere(&text).next();
        assert_eq!(elsewhere, None, "{}", file.display());
        // Comments wrap.
        let lines = text
            .lines()
            .map(|line| line.trim_start().trim_start_matches(['/', '!']));
        let text = lines.collect::<Vec<_>>().join(" ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for citation in text.split(&cites).skip(1) {
            let heading = citation.split('"').next().unwrap_or_default();
            if heading != "Heading`, perhaps over two lines." {
                found += 1;
                let heading = heading.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(
                    headings.contains(&heading.as_str()),
                    "{}: {heading}",
                    file.display()
                );
            }
        }
    }
    assert!(found > 30, "{found}");
}

/// Numbers of sections, and files of notes, which nobody who has only this repository can look up.
fn cited_elsewhere(text: &str) -> impl Iterator<Item = &str> {
    let numbers = text.split_inclusive('§').skip(1);
    let numbers =
        numbers.filter(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    let notes = format!("{}/", "facts");
    let notes = text.lines().filter(move |line| line.contains(&notes));
    numbers.chain(notes)
}

#[test]
fn a_numbered_section_and_a_file_of_notes_are_citations_of_something_else() {
    let (section, notes) = ("\u{a7}", ["facts", "domain"].join("/"));
    for (text, expected) in [
        (
            "// 25 MB (docs/knack-and-dashboard.md, \"VESPA results\").".to_owned(),
            false,
        ),
        (format!("// 25 MB ({notes}).\n"), true),
        (format!("// 25 MB ({section}7.1).\n"), true),
        (format!("// 25 MB ({section} 7.1).\n"), true),
        (format!("A heading may hold {section}."), false),
    ] {
        let found = cited_elsewhere(&text).next();
        assert_eq!(found.is_some(), expected, "{text}");
    }
}

fn sources(folder: &Path) -> Box<dyn Iterator<Item = PathBuf>> {
    let entries = std::fs::read_dir(folder).expect("it is a folder");
    Box::new(
        entries.flat_map(|entry| -> Box<dyn Iterator<Item = PathBuf>> {
            let path = entry.expect("it can be listed").path();
            let name = path.file_name().unwrap_or_default();
            if path.is_dir() && name != "node_modules" {
                sources(&path)
            } else if path
                .extension()
                .is_some_and(|it| it == "rs" || it == "ts" || it == "vue")
            {
                Box::new(std::iter::once(path))
            } else {
                Box::new(std::iter::empty())
            }
        }),
    )
}

/// npm packs the licence that lies beside `package.json`, and only that one.
#[test]
fn the_vue_package_has_this_repositorys_licence() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let [ours, packed] = ["LICENSE", "crates/launcher/web/LICENSE"]
        .map(|file| std::fs::read_to_string(root.join(file)).expect("it can be read"));
    assert_eq!(packed, ours);
}

#[test]
fn the_list_of_messages_is_what_the_programs_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let printed = std::process::Command::new(root.join("scripts/messages")).output();
    let printed = printed.expect("the script runs");
    assert!(printed.status.success(), "{printed:?}");
    let is = std::fs::read_to_string(root.join("docs/messages.md")).expect("it can be read");
    assert!(
        printed.stdout == is.as_bytes(),
        "docs/messages.md is out of date. Renew it with: scripts/messages > docs/messages.md"
    );
}
