//! What question answers cost a refresh: of one cycle and of three, beside the same refresh without them.

use std::path::Path;

use anyhow::Result;
use sandbox::data::schools;
use sandbox::knack::Latency;

use crate::cycles::schools_with_cycles;
use crate::figures::{Figure, Sheet};
use crate::measure::{Bench, FetchMode, median, today};

/// Question answers of one cycle and of three, and what a refresh does without them.
pub(crate) async fn measure(cli: &Path, runs: usize, sheet: &mut Sheet) -> Result<()> {
    let today = today()?;
    for cycles in [1, 3] {
        let schools = schools_with_cycles(today, cycles);
        let bench = Bench::start_with(cli, Latency::Realistic, today, schools).await?;
        for (students, school) in [("465", schools::EXAMPLE), ("2,000", schools::HUGE)] {
            let name = match cycles {
                1 => format!("{students} students, one cycle"),
                _ => format!("{students} students, three cycles"),
            };
            let without = measured(&bench, school, FetchMode::WithoutAnswers, runs).await?;
            let with = measured(&bench, school, FetchMode::Wave, runs).await?;
            sheet.answers(&name, with.peak_mb, with.walls(), without.walls());
            sheet.figures(figures_of_answers(&name, &with, &without));
        }
    }
    Ok(())
}

/// A school from its first import on.
struct School {
    first: f64,
    steady: f64,
    peak_mb: f64,
    writes: f64,
    /// Wall time of steady state ÷ critical path.
    critical: f64,
}

impl School {
    fn walls(&self) -> [f64; 2] {
        [self.first, self.steady]
    }
}

async fn measured(bench: &Bench, school: &str, mode: FetchMode, runs: usize) -> Result<School> {
    bench.forget_students().await?;
    let first = bench.refresh(school, mode).await?;
    let mut steady = Vec::new();
    for _ in 0..runs {
        steady.push(bench.refresh(school, mode).await?);
    }
    let wall = median(steady.iter().map(|run| run.wall));
    let peaks = steady.iter().chain([&first]).map(|run| run.peak_mb);
    Ok(School {
        first: first.wall,
        steady: wall,
        peak_mb: peaks.fold(0.0, f64::max),
        writes: median(steady.iter().map(|run| run.writes)),
        critical: wall / bench.critical_path(&steady).await?,
    })
}

fn figures_of_answers(name: &str, with: &School, without: &School) -> Vec<Figure> {
    let at_most = |what: &str, unit, measured, goal| {
        Figure::at_most(&format!("{name}, {what}"), unit, measured, goal)
    };
    let (first, steady, first_without, steady_without) = if name.starts_with("465") {
        (5.0, 1.6, 2.2, 1.3)
    } else {
        (45.0, 3.6, 4.8, 3.0)
    };
    vec![
        at_most("first import", "s", with.first, first),
        at_most("steady state", "s", with.steady, steady),
        at_most("wall time ÷ critical path", "×", with.critical, 1.1),
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
    ]
}
