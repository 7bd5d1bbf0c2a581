//! Figures beside their goals, as Markdown, each row printed as soon as it is measured.

use std::io::Write as _;

use anyhow::Result;

/// Machines are noisy: a goal counts as missed only beyond this.
const TOLERANCE: f64 = 1.25;

/// A table: what is said before it, and its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) caption: &'static str,
    pub(crate) columns: &'static [&'static str],
}

const FIGURES: Table = Table {
    caption: "",
    columns: &["figure", "measured", "goal", ""],
};

/// One measured figure.
pub(crate) struct Figure {
    name: String,
    unit: &'static str,
    measured: f64,
    goal: Goal,
}

#[derive(Clone, Copy)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    pub(crate) fn at_most(
        name: impl Into<String>,
        unit: &'static str,
        measured: f64,
        goal: f64,
    ) -> Self {
        Self::new(name.into(), unit, measured, Goal::AtMost(goal))
    }

    pub(crate) fn at_least(
        name: impl Into<String>,
        unit: &'static str,
        measured: f64,
        goal: f64,
    ) -> Self {
        Self::new(name.into(), unit, measured, Goal::AtLeast(goal))
    }

    fn new(name: String, unit: &'static str, measured: f64, goal: Goal) -> Self {
        Self {
            name,
            unit,
            measured,
            goal,
        }
    }

    fn is_within(&self, tolerance: f64) -> bool {
        match self.goal {
            Goal::AtMost(goal) => self.measured <= goal * tolerance,
            Goal::AtLeast(goal) => self.measured >= goal / tolerance,
        }
    }

    fn verdict(&self) -> String {
        if self.is_within(1.0) {
            return "met".to_owned();
        }
        let off = match self.goal {
            // There is no percentage of nothing.
            Goal::AtMost(0.0) => return "**missed**".to_owned(),
            Goal::AtMost(goal) => self.measured / goal - 1.0,
            Goal::AtLeast(goal) => 1.0 - self.measured / goal,
        };
        let missed = format!("missed by {:.0} %", off * 100.0);
        if self.is_within(TOLERANCE) {
            missed
        } else {
            format!("**{missed}**")
        }
    }

    fn cells(&self) -> [String; 4] {
        let with_unit = |figure: String| format!("{figure} {}", self.unit).trim_end().to_owned();
        let goal = match self.goal {
            Goal::AtMost(goal) => format!("≤ {goal}"),
            Goal::AtLeast(goal) => format!("≥ {goal}"),
        };
        let measured = with_unit(format!("{:.2}", self.measured));
        [self.name.clone(), measured, with_unit(goal), self.verdict()]
    }
}

/// What is printed.
pub(crate) struct Sheet {
    /// The table to which the last row belongs.
    open: Option<Table>,
    is_good: bool,
}

impl Sheet {
    pub(crate) fn new() -> Self {
        Self {
            open: None,
            is_good: true,
        }
    }

    /// Prints a row, after the head of its table where the last row belongs to another one.
    pub(crate) fn row(&mut self, table: Table, cells: &[String]) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if self.open != Some(table) {
            if self.open.is_some() {
                writeln!(out)?;
            }
            if !table.caption.is_empty() {
                writeln!(out, "{}\n", table.caption)?;
            }
            writeln!(out, "| {} |", table.columns.join(" | "))?;
            writeln!(out, "|{}", "---|".repeat(table.columns.len()))?;
            self.open = Some(table);
        }
        writeln!(out, "| {} |", cells.join(" | "))?;
        Ok(out.flush()?)
    }

    pub(crate) fn figure(&mut self, figure: &Figure) -> Result<()> {
        self.is_good &= figure.is_within(TOLERANCE);
        self.row(FIGURES, &figure.cells())
    }

    pub(crate) fn figures<'f>(
        &mut self,
        figures: impl IntoIterator<Item = &'f Figure>,
    ) -> Result<()> {
        figures
            .into_iter()
            .try_for_each(|figure| self.figure(figure))
    }

    /// Whether no goal was missed by more than machines are noisy.
    pub(crate) fn is_good(&self) -> bool {
        self.is_good
    }
}
