//! Refreshes of schools of all sizes, question answers included: each from its first import on, beside the way in which the
//! original read Knack.

use anyhow::Result;
use sandbox::knack::Latency;

use crate::figures::{Figure, Sheet, Table};
use crate::measure::{Bench, FetchMode, median};
use crate::sizes::Size;

const SCHOOLS: Table = Table {
    caption: "With question answers, on the profile `realistic`: a page takes 300 ms and 8.7 ms a row, or 8 ms a row of answers.",
    columns: &[
        "students",
        "specification's estimate",
        "first import",
        "steady state",
        "sequential",
        "speed-up",
    ],
};

/// One school, measured.
struct School {
    first: f64,
    steady: f64,
    sequential: f64,
    /// Wall time of steady state ÷ critical path.
    critical: f64,
    cpu: f64,
    peak_mb: f64,
    writes: f64,
}

/// The table of these schools, none of which is stored yet, and then the figures that have goals.
pub(crate) async fn realistic(
    bench: &Bench,
    sizes: &[Size],
    runs: usize,
    sheet: &mut Sheet,
) -> Result<()> {
    bench.be(Latency::Realistic);
    let mut figures = Vec::new();
    for size in sizes {
        let school = measured(bench, size, runs).await?;
        let School {
            first,
            steady,
            sequential,
            ..
        } = school;
        let cells = [
            size.students.to_owned(),
            format!("{} s", size.expected),
            format!("{first:.2} s"),
            format!("{steady:.2} s"),
            format!("{sequential:.2} s"),
            format!("{:.1}×", sequential / steady),
        ];
        sheet.row(SCHOOLS, &cells)?;
        figures.extend(figures_of(size, &school));
    }
    sheet.figures(&figures)
}

async fn measured(bench: &Bench, size: &Size, runs: usize) -> Result<School> {
    let first = bench.refresh(size.school, FetchMode::Wave).await?.wall;
    let runs = bench.repeated(size.school, FetchMode::Wave, runs).await?;
    let sequential = bench.refresh(size.school, FetchMode::Sequential).await?;
    let steady = median(runs.iter().map(|run| run.wall));
    Ok(School {
        first,
        steady,
        sequential: sequential.wall,
        critical: steady / bench.critical_path(&runs).await?,
        cpu: median(runs.iter().map(|run| run.cpu)),
        peak_mb: median(runs.iter().map(|run| run.peak_mb)),
        writes: median(runs.iter().map(|run| run.writes)),
    })
}

fn figures_of(size: &Size, school: &School) -> Vec<Figure> {
    let name = |what: &str| format!("{} students, {what}", size.students);
    let at_most =
        |what: &str, unit, measured, goal| Figure::at_most(name(what), unit, measured, goal);
    let faster = |goal| {
        let faster = school.sequential / school.steady;
        Figure::at_least(name("speed-up over sequential"), "×", faster, goal)
    };
    let critical = at_most("wall time ÷ critical path", "×", school.critical, 1.1);
    match size.number {
        465 => vec![
            at_most("steady state", "s", school.steady, 1.6),
            faster(3.0),
            critical,
        ],
        2_000 => vec![
            at_most("steady state", "s", school.steady, 3.6),
            faster(5.0),
            critical,
            at_most("CPU time", "s", school.cpu, 0.3),
            at_most("peak memory", "MB", school.peak_mb, 96.0),
            at_most(
                "writes in steady state, excluding the log row",
                "",
                school.writes,
                0.0,
            ),
        ],
        _ => Vec::new(),
    }
}

/// The opposite assumption: Knack serves eight requests side by side no faster than one after the other. One pair of runs a
/// school, each up to forty seconds long: nearly all of that is Knack's, so it hardly differs from run to run.
pub(crate) async fn contended(bench: &Bench, sizes: &[Size], sheet: &mut Sheet) -> Result<()> {
    for size in sizes.iter().filter(|size| size.has_goals()) {
        bench.be_stored(size.school).await?;
        bench.be(Latency::Contended);
        let wave = bench.refresh(size.school, FetchMode::Wave).await?;
        let sequential = bench.refresh(size.school, FetchMode::Sequential).await?;
        let name = format!(
            "`contended`, {} students: wall time ÷ sequential",
            size.students
        );
        let ratio = wave.wall / sequential.wall;
        sheet.figure(&Figure::at_most(name, "×", ratio, 1.0))?;
    }
    Ok(())
}
