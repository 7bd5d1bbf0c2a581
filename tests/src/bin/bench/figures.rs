//! Figures beside their goals, as Markdown.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;

/// Machines are noisy: a goal counts as missed only beyond this.
const TOLERANCE: f64 = 1.25;

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
    pub(crate) fn at_most(name: &str, unit: &'static str, measured: f64, goal: f64) -> Self {
        Self::new(name, unit, measured, Goal::AtMost(goal))
    }

    pub(crate) fn at_least(name: &str, unit: &'static str, measured: f64, goal: f64) -> Self {
        Self::new(name, unit, measured, Goal::AtLeast(goal))
    }

    fn new(name: &str, unit: &'static str, measured: f64, goal: Goal) -> Self {
        Self {
            name: name.to_owned(),
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
}

/// All figures of a run.
#[derive(Default)]
pub(crate) struct Sheet {
    schools: String,
    answers: String,
    figures: Vec<Figure>,
}

impl Sheet {
    pub(crate) fn school(
        &mut self,
        students: &str,
        expected: &str,
        first: f64,
        steady: f64,
        sequential: f64,
    ) {
        writeln!(
            self.schools,
            "| {students} | {expected} s | {first:.2} s | {steady:.2} s | {sequential:.2} s | {:.1}× |",
            sequential / steady
        )
        .expect("a String takes everything");
    }

    /// A school with and without question answers, each first import and steady state in seconds.
    pub(crate) fn answers(
        &mut self,
        school: &str,
        peak_mb: f64,
        [first, steady]: [f64; 2],
        [first_without, steady_without]: [f64; 2],
    ) {
        writeln!(
            self.answers,
            "| {school} | {first:.2} s | {steady:.2} s | {peak_mb:.0} MB | {first_without:.2} s | {steady_without:.2} s |"
        )
        .expect("a String takes everything");
    }

    pub(crate) fn figure(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    pub(crate) fn figures(&mut self, figures: impl IntoIterator<Item = Figure>) {
        self.figures.extend(figures);
    }

    pub(crate) fn is_good(&self) -> bool {
        self.figures
            .iter()
            .all(|figure| figure.is_within(TOLERANCE))
    }

    pub(crate) fn print(&self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if !self.schools.is_empty() {
            writeln!(
                out,
                "On the sandbox's profile `realistic`: a page takes 300 ms + 8.7 ms a row, or 8 ms a row of answers.\n"
            )?;
            writeln!(
                out,
                "| students | specification's estimate | first import | steady state | sequential | speed-up |"
            )?;
            writeln!(out, "|---|---|---|---|---|---|")?;
            writeln!(out, "{}", self.schools)?;
        }
        if !self.answers.is_empty() {
            writeln!(
                out,
                "| students, cycles | first import | steady state | peak memory | first import without answers | steady state without answers |"
            )?;
            writeln!(out, "|---|---|---|---|---|---|")?;
            writeln!(out, "{}", self.answers)?;
        }
        writeln!(out, "| figure | measured | goal | |")?;
        writeln!(out, "|---|---|---|---|")?;
        for figure in &self.figures {
            let goal = match figure.goal {
                Goal::AtMost(goal) => format!("≤ {goal} {}", figure.unit),
                Goal::AtLeast(goal) => format!("≥ {goal} {}", figure.unit),
            };
            let (name, unit) = (&figure.name, figure.unit);
            writeln!(
                out,
                "| {name} | {:.2} {unit} | {goal} | {} |",
                figure.measured,
                figure.verdict()
            )?;
        }
        Ok(())
    }
}
