//! The document that lists the faults names tests that there are.

use std::fs;
use std::path::Path;

const MATRIX: &str = include_str!("../../../../docs/fault-matrix.md");

#[test]
fn every_test_that_the_matrix_names_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut named = 0;
    for row in MATRIX.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, _, tests] = cells.as_slice() else {
            panic!("three cells: {row}");
        };
        for test in tests.split("<br>").filter(|test| test.contains('`')) {
            let parts: Vec<&str> = test.split('`').collect();
            let [_, file, _, name, ..] = parts.as_slice() else {
                panic!("a file and a name: {test}");
            };
            let source = fs::read_to_string(root.join(file))
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            let is_there = [format!("fn {name}("), format!("test(\"{name}")]
                .iter()
                .any(|it| source.contains(it));
            assert!(is_there, "{file} has no {name}");
            named += 1;
        }
    }
    assert!(named > 40, "{named}");
}
