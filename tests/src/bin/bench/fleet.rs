//! 130 schools of 78 students on average, refreshed by one command: how long that takes beside the time that Knack's limit of
//! ten requests a second sets, whether anything was refused, and what it leaves in the launcher's memory.

use std::path::Path;
use std::pin::pin;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use jiff::civil::Date;
use sandbox::data::{Answers, Pupil, School, record_id};
use sandbox::knack::Latency;
use serde_json::Value;
use tokio::process::Command;

use crate::figures::{Figure, Sheet, Table};
use crate::launcher::Launcher;
use crate::measure::{Bench, today};

const SCHOOLS: usize = 130;
/// Over and over: 78 on average.
const STUDENTS: [u64; 5] = [28, 58, 78, 98, 128];
/// Knack accepts so many requests a second.
const LIMIT: f64 = 10.0;
/// Of the launcher's memory.
const BETWEEN_SAMPLES: Duration = Duration::from_millis(500);

const FLEET: Table = Table {
    caption: "130 schools of 78 students on average, refreshed by one `sync-launcher refresh --all` on the profile `realistic`:",
    columns: &[
        "",
        "time",
        "requests to Knack",
        "the least that Knack's ten a second allow",
        "requests a second",
        "refused by Knack",
        "launcher's memory, at most and afterwards",
    ],
};

/// One command.
struct Refreshed {
    wall: f64,
    requests: f64,
    refused: f64,
    /// At any time while it ran.
    most_mb: f64,
    memory_mb: f64,
}

impl Refreshed {
    /// What Knack's limit makes of so many requests.
    fn least(&self) -> f64 {
        self.requests / LIMIT
    }
}

pub(crate) async fn measure(cli: &Path, launcher: &Path, sheet: &mut Sheet) -> Result<()> {
    let today = today()?;
    let bench = Bench::start_with(cli, today, schools(today)).await?;
    bench.be(Latency::Realistic);
    let program = launcher;
    let launcher = Launcher::start(&bench, program, &[("LAUNCHER_AUTH", "none")]).await?;
    let program = &std::path::absolute(program)?;
    let mut all = Vec::new();
    for name in ["first import", "steady state", "steady state again"] {
        let refreshed = refresh(&bench, program, &launcher).await?;
        let cells = [
            name.to_owned(),
            format!("{:.1} s", refreshed.wall),
            format!("{:.0}", refreshed.requests),
            format!("{:.1} s", refreshed.least()),
            format!("{:.1}", refreshed.requests / refreshed.wall),
            format!("{:.0}", refreshed.refused),
            format!("{:.1} MB, {:.1} MB", refreshed.most_mb, refreshed.memory_mb),
        ];
        sheet.row(FLEET, &cells)?;
        all.push(refreshed);
    }
    let [first, steady, again] = &all[..] else {
        anyhow::bail!("there were three");
    };
    let name = |what: &str| format!("130 schools, {what}");
    let refused: f64 = all.iter().map(|refreshed| refreshed.refused).sum();
    sheet.figures(&[
        Figure::at_most(
            name("first import, time ÷ the least that Knack allows"),
            "×",
            first.wall / first.least(),
            1.5,
        ),
        Figure::at_most(
            name("steady state, time ÷ the least that Knack allows"),
            "×",
            steady.wall / steady.least(),
            1.35,
        ),
        Figure::at_most(name("requests that Knack refused"), "", refused, 0.0),
        Figure::at_most(
            name("growth of the launcher's memory from one command to the next"),
            "MB",
            again.memory_mb - steady.memory_mb,
            3.0,
        ),
    ])
}

/// The command of the documents.
async fn refresh(bench: &Bench, program: &Path, launcher: &Launcher) -> Result<Refreshed> {
    bench.forget_requests();
    let started = Instant::now();
    let output = Command::new(program)
        .args(["refresh", "--all", "--quiet", "--json"])
        .env_clear()
        .env("LAUNCHER_URL", &launcher.url)
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let mut output = pin!(output);
    let mut most_mb = launcher.resident_mb()?;
    let output = loop {
        tokio::select! {
            output = &mut output => break output?,
            () = tokio::time::sleep(BETWEEN_SAMPLES) => {
                most_mb = most_mb.max(launcher.resident_mb()?);
            }
        }
    };
    let wall = started.elapsed().as_secs_f64();
    let document: Value = serde_json::from_slice(&output.stdout).with_context(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("the command printed no document: {said}")
    })?;
    ensure!(
        document["counts"]["refreshed"] == SCHOOLS,
        "not all schools were refreshed: {}",
        document["message"]
    );
    let (requests, refused) = bench.requests();
    Ok(Refreshed {
        wall,
        requests,
        refused,
        most_mb,
        memory_mb: launcher.resident_mb()?,
    })
}

fn schools(today: Date) -> Vec<School> {
    (0..SCHOOLS).map(|n| school(n as u64, today)).collect()
}

fn school(number: u64, today: Date) -> School {
    let size = STUDENTS[usize::try_from(number).unwrap_or_default() % STUDENTS.len()];
    let pupil = |n: u64| {
        let unique = number * 1_000 + n;
        Pupil::new(unique)
            .email(&format!("p{unique}@fleet.example"))
            .completed(today)
            .scored(1, [7, 6, 5, 4, 3, 5])
    };
    let pupils: Vec<Pupil> = (1..=size).map(pupil).collect();
    let sheet =
        |(n, pupil): (u64, &Pupil)| Answers::of(&record_id(1_000_000 + number * 1_000 + n), pupil);
    let answers: Vec<Answers> = (1..).zip(&pupils).map(sheet).collect();
    let id = record_id(2_000_000 + number);
    School::new(&id, &format!("School {number:03}"))
        .with_pupils(pupils)
        .with_answers(answers)
}
