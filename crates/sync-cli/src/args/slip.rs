//! What is said of a command line that cannot be read.

use clap::error::{ContextKind, ContextValue};

/// clap explains at length, for a terminal; the summary has room for one sentence.
pub(super) fn sentence(error: &clap::Error) -> String {
    const LONGEST: usize = 200;
    let text = error.to_string();
    let lines = text
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty());
    let joined = lines.collect::<Vec<_>>().join(" ");
    let mut sentence: String = joined
        .trim_start_matches("error: ")
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect();
    if let Some(meant) = meant(error) {
        sentence.extend([" (did you mean '", meant, "'?)"]);
    }
    sentence.push('.');
    sentence
}

/// The name of ours that is nearest to what was given.
fn meant(error: &clap::Error) -> Option<&str> {
    let kinds = [ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(name) => Some(name.as_str()),
        ContextValue::Strings(names) => names.first().map(String::as_str),
        _ => None,
    })
}
