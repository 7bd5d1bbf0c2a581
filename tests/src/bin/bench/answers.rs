//! What question answers cost a refresh: of one cycle and of three, beside the same refresh without them.

use std::path::Path;

use anyhow::Result;
use sandbox::knack::Latency;

use crate::cycles::schools_with_cycles;
use crate::figures::{Figure, Sheet, Table};
use crate::measure::{Bench, FetchMode, median, today};
use crate::sizes::Size;

const ANSWERS: Table = Table {
    caption: "Schools whose students have all answered in one cycle or in three, with question answers and without, on the profile `realistic`:",
    columns: &[
        "students, cycles",
        "rows of answers",
        "first import",
        "steady state",
        "peak memory",
        "first import without answers",
        "steady state without answers",
        "peak memory without answers",
    ],
};

/// The table of these schools, and then the figures that have goals. Each number of cycles is a world of its own.
pub(crate) async fn measure(
    cli: &Path,
    sizes: &[Size],
    runs: usize,
    sheet: &mut Sheet,
) -> Result<()> {
    let sizes = || sizes.iter().filter(|size| size.has_goals());
    if sizes().next().is_none() {
        return Ok(());
    }
    let today = today()?;
    let mut figures = Vec::new();
    for cycles in [1, 3] {
        let schools = schools_with_cycles(today, cycles);
        let bench = Bench::start_with(cli, today, schools).await?;
        bench.be(Latency::Realistic);
        for size in sizes() {
            let name = match cycles {
                1 => format!("{} students, one cycle", size.students),
                _ => format!("{} students, three cycles", size.students),
            };
            let with = measured(&bench, size, FetchMode::Wave, runs).await?;
            let without = measured(&bench, size, FetchMode::WithoutAnswers, runs).await?;
            let cells = [
                name.clone(),
                thousands(with.answers),
                format!("{:.2} s", with.first),
                format!("{:.2} s", with.steady),
                format!("{:.0} MB", with.peak_mb),
                format!("{:.2} s", without.first),
                format!("{:.2} s", without.steady),
                format!("{:.0} MB", without.peak_mb),
            ];
            sheet.row(ANSWERS, &cells)?;
            figures.extend(figures_of(&name, size, &with, &without));
        }
    }
    sheet.figures(&figures)
}

/// A school from its first import on.
struct School {
    first: f64,
    steady: f64,
    /// Of all runs.
    peak_mb: f64,
    writes: f64,
    /// Wall time of steady state ÷ critical path.
    critical: f64,
    /// Rows of answers that match Knack.
    answers: u64,
}

async fn measured(bench: &Bench, size: &Size, mode: FetchMode, runs: usize) -> Result<School> {
    bench.forget_students().await?;
    let first = bench.refresh(size.school, mode).await?;
    let steady = bench.repeated(size.school, mode, runs).await?;
    let wall = median(steady.iter().map(|run| run.wall));
    let peaks = steady.iter().chain([&first]).map(|run| run.peak_mb);
    Ok(School {
        first: first.wall,
        steady: wall,
        peak_mb: peaks.fold(0.0, f64::max),
        writes: median(steady.iter().map(|run| run.writes)),
        critical: wall / bench.critical_path(&steady).await?,
        answers: first.answers,
    })
}

/// A number as README writes it.
fn thousands(number: u64) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}

fn figures_of(name: &str, size: &Size, with: &School, without: &School) -> Vec<Figure> {
    let at_most = |what: &str, unit, measured, goal| {
        Figure::at_most(format!("{name}, {what}"), unit, measured, goal)
    };
    let (first, steady, first_without, steady_without) = match size.number {
        465 => (5.0, 1.6, 2.2, 1.3),
        _ => (45.0, 3.6, 4.8, 3.0),
    };
    let critical = "wall time ÷ critical path";
    vec![
        at_most("first import", "s", with.first, first),
        at_most("steady state", "s", with.steady, steady),
        at_most(critical, "×", with.critical, 1.1),
        at_most("peak memory", "MB", with.peak_mb, 96.0),
        at_most(
            "writes in steady state, excluding the log row",
            "",
            with.writes,
            0.0,
        ),
        at_most(
            "first import without answers",
            "s",
            without.first,
            first_without,
        ),
        at_most(
            "steady state without answers",
            "s",
            without.steady,
            steady_without,
        ),
        at_most(
            &format!("{critical} without answers"),
            "×",
            without.critical,
            1.1,
        ),
    ]
}
