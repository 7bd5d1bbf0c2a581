//! The documents, as tests hold them against the programs.

/// Everything that is written for people to read, with its path.
pub const DOCUMENTS: [(&str, &str); 15] = [
    ("README.md", include_str!("../../README.md")),
    ("CONTRIBUTING.md", include_str!("../../CONTRIBUTING.md")),
    ("CHANGELOG.md", include_str!("../../CHANGELOG.md")),
    ("SECURITY.md", include_str!("../../SECURITY.md")),
    (
        "docs/architecture.md",
        include_str!("../../docs/architecture.md"),
    ),
    ("docs/embedding.md", include_str!("../../docs/embedding.md")),
    (
        "docs/fault-matrix.md",
        include_str!("../../docs/fault-matrix.md"),
    ),
    ("docs/http-api.md", include_str!("../../docs/http-api.md")),
    (
        "docs/knack-and-dashboard.md",
        include_str!("../../docs/knack-and-dashboard.md"),
    ),
    ("docs/messages.md", include_str!("../../docs/messages.md")),
    ("docs/operating.md", include_str!("../../docs/operating.md")),
    (
        "docs/performance.md",
        include_str!("../../docs/performance.md"),
    ),
    ("docs/style.md", include_str!("../../docs/style.md")),
    ("scripts/README.md", include_str!("../../scripts/README.md")),
    (
        "crates/launcher/web/README.md",
        include_str!("../../crates/launcher/web/README.md"),
    ),
];

/// All lines of all documents.
pub fn lines() -> impl Iterator<Item = &'static str> {
    DOCUMENTS.iter().flat_map(|(_, text)| text.lines())
}

/// Whether any document holds this text.
pub fn say(text: &str) -> bool {
    DOCUMENTS
        .iter()
        .any(|(_, document)| document.contains(text))
}

/// The lines of the fenced blocks of one language.
pub fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}");
    let mut inside = false;
    let mut blocks = Vec::new();
    for line in lines() {
        match line {
            _ if line == fence => inside = true,
            "```" => inside = false,
            _ if inside => blocks.push(line),
            _ => {}
        }
    }
    blocks
}

/// The rows of the tables with so many columns.
pub fn rows(cells: usize) -> impl Iterator<Item = Vec<&'static str>> {
    lines().filter_map(move |line| {
        let row: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
        (row.len() == cells).then_some(row)
    })
}
