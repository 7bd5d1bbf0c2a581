//! What has happened how often, and the tables in which it is printed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::Result;

/// Counts by what was counted.
#[derive(Default)]
pub(crate) struct Tally(RefCell<BTreeMap<String, u64>>);

impl Tally {
    pub(crate) fn count(&self, what: impl Into<String>) {
        *self.0.borrow_mut().entry(what.into()).or_default() += 1;
    }

    /// How often something whose name contains this was counted.
    pub(crate) fn of(&self, what: &str) -> u64 {
        let counts = self.0.borrow();
        let of = counts.iter().filter(|(name, _)| name.contains(what));
        of.map(|(_, count)| count).sum()
    }

    pub(crate) fn print(&self) -> Result<()> {
        let rows = self.0.borrow();
        let rows = rows
            .iter()
            .map(|(what, count)| [what.clone(), count.to_string()]);
        table(["what happened", "times"], rows)
    }
}

/// One sentence.
pub(crate) fn say(sentence: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{sentence}")?)
}

/// A table, as Markdown.
pub(crate) fn table<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n| {} |\n|{}", head.join(" | "), "---|".repeat(N))?;
    for row in rows {
        writeln!(out, "| {} |", row.join(" | "))?;
    }
    Ok(())
}
