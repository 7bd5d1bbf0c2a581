//! What a refresh of a school far larger than any holds in memory. No goal was set for it: the limit is there to tell when it
//! grows.

use std::path::Path;

use anyhow::Result;
use sandbox::data::{Answers, Pupil, School, Width, record_id};
use sandbox::knack::Latency;

use crate::figures::{Figure, Sheet};
use crate::measure::{Bench, FetchMode, today};

const STUDENTS: u64 = 16_000;
const SCHOOL: &str = "5f1a20c4e7b3d9001c0a9999";

/// Imports the school without its answers, and refreshes it with them.
pub(crate) async fn measure(cli: &Path, sheet: &mut Sheet) -> Result<()> {
    let today = today()?;
    let mut school = School::new(SCHOOL, "Very Large School");
    school.width = Width::Realistic;
    for n in 1..=STUDENTS {
        let pupil = Pupil::new(n).completed(today).scored(1, [7, 6, 5, 4, 3, 5]);
        let sheet = record_id(STUDENTS + n);
        school.answers.push(Answers::of(&sheet, &pupil));
        school.pupils.push(pupil);
    }
    let bench = Bench::start_with(cli, today, vec![school]).await?;
    bench.be(Latency::None);
    let imported = bench.refresh(SCHOOL, FetchMode::WithoutAnswers).await?;
    let refreshed = bench.refresh(SCHOOL, FetchMode::Wave).await?;
    let steady = bench.refresh(SCHOOL, FetchMode::Wave).await?;
    let figure = |what, peak_mb| {
        let name = format!("16,000 students, {what}, peak memory");
        Figure::at_most(name, "MB", peak_mb, 256.0)
    };
    sheet.figures(&[
        figure("first import without answers", imported.peak_mb),
        figure("512,000 new answers", refreshed.peak_mb),
        figure("steady state", steady.peak_mb),
    ])
}
