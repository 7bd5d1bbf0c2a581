//! The launcher under load, with a stub in the place of the refresh that tells twenty events in two seconds: many schools at
//! once, many callers for one school, many who follow one run, and many without a token. And what it adds before the refresh
//! has begun and after it has ended.

mod callers;
mod crowd;
mod percentile;
mod strangers;
mod stub;
mod times;
mod viewers;

use std::path::Path;

use anyhow::Result;
use sandbox::data::{School, record_id};

use crate::figures::{Figure, Sheet};
use crate::measure::{Bench, today};

const SCHOOLS: u64 = 50;

fn schools() -> Vec<School> {
    let school = |n| School::new(&record_id(3_000_000 + n), &format!("School {n:02}"));
    (0..SCHOOLS).map(school).collect()
}

pub(crate) async fn measure(cli: &Path, launcher: &Path, sheet: &mut Sheet) -> Result<()> {
    let schools = schools();
    let ids: Vec<String> = schools
        .iter()
        .map(|school| school.knack_id.clone())
        .collect();
    let [school, ..] = ids.as_slice() else {
        anyhow::bail!("there are schools");
    };
    let bench = &Bench::start_with(cli, today()?, schools).await?;

    let all = crowd::refreshed(bench, launcher, &ids, 60).await?;
    let name =
        |what: &str| format!("50 schools at once, 4 runs and 60 places in the queue: {what}");
    sheet.figures(&[
        Figure::at_most(name("refreshes at a time"), "", all.most_at_a_time, 4.0),
        Figure::at_least(name("schools refreshed"), "", all.refreshed, 50.0),
    ])?;
    let some = crowd::refreshed(bench, launcher, &ids, 20).await?;
    let name =
        |what: &str| format!("50 schools at once, 4 runs and 20 places in the queue: {what}");
    sheet.figures(&[
        Figure::at_most(name("refreshes at a time"), "", some.most_at_a_time, 4.0),
        Figure::at_least(name("schools refreshed"), "", some.refreshed, 24.0),
        Figure::at_least(
            name("refreshed, or told `busy` and when to come back"),
            "",
            some.refreshed + some.busy,
            50.0,
        ),
    ])?;

    let shared = callers::of_one_school(bench, launcher, school).await?;
    let name = |what: &str| format!("200 requests at once for one school: {what}");
    sheet.figures(&[
        Figure::at_most(name("refreshes"), "", shared.refreshes, 1.0),
        Figure::at_least(
            name("callers with its summary"),
            "",
            shared.with_summary,
            200.0,
        ),
    ])?;

    let viewers = viewers::of_one_run(bench, launcher, school).await?;
    let name = |what: &str| format!("1,000 viewers of one run: {what}");
    sheet.figures(&[
        Figure::at_most(
            name("memory of the launcher beyond that without"),
            "MB",
            viewers.growth_mb,
            20.0,
        ),
        Figure::at_most(
            name("from an event to its viewer, 99 of 100 within"),
            "ms",
            viewers.p99_ms,
            250.0,
        ),
        Figure::at_least(name("told of its end"), "", viewers.told_the_end, 1_000.0),
    ])?;

    let strangers = strangers::ask(bench, launcher, school).await?;
    let name = |what: &str| format!("1,000 requests a second without a token for 30 s: {what}");
    sheet.figures(&[
        Figure::at_least(name("asked in a second"), "", strangers.a_second, 950.0),
        Figure::at_most(name("not answered 401"), "", strangers.not_refused, 0.0),
        Figure::at_most(
            name("99 of 100 answered within"),
            "ms",
            strangers.p99_ms,
            20.0,
        ),
        Figure::at_most(name("refreshes started"), "", strangers.refreshes, 0.0),
    ])?;

    let times = times::measure(bench, launcher, school).await?;
    sheet.figures(&[
        Figure::at_most(
            "from a request to the start of its refresh, 95 of 100 within",
            "ms",
            times.to_start_ms,
            25.0,
        ),
        Figure::at_most(
            "from the end of a refresh to its answer, 95 of 100 within",
            "ms",
            times.to_answer_ms,
            10.0,
        ),
        Figure::at_most(
            "launcher: idle memory, started and never asked",
            "MB",
            times.idle_mb,
            15.0,
        ),
    ])
}
