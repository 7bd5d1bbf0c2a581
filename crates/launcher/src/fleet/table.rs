//! Prints lists for people on a terminal. Pure. Anyone may have written a run's row, so its texts are cut to one line.

use jiff::Timestamp;

use super::listed::{RunsListed, SchoolsListed};

const LONGEST_TEXT: usize = 200;

pub(super) fn of_schools(list: &SchoolsListed) -> String {
    let head = ["ID", "LAST REFRESH", "", "NAME"].map(str::to_owned);
    let rows = list.schools.iter().map(|school| {
        [
            school.establishment_id.to_string(),
            school
                .last_refresh_at
                .map_or_else(|| "never".to_owned(), time),
            if school.stale { "stale" } else { "" }.to_owned(),
            logging::bounded(&school.name, LONGEST_TEXT),
        ]
    });
    aligned([head].into_iter().chain(rows))
}

pub(super) fn of_runs(list: &RunsListed) -> String {
    let head = ["STARTED", "OUTCOME", "TOOK", "BY", "SCHOOL"].map(str::to_owned);
    let rows = list.runs.iter().map(|run| {
        let by = run.started_by.as_deref().unwrap_or(&run.source);
        let school = run.establishment_name.as_deref().unwrap_or("all schools");
        let message = run.message.as_deref().map_or_else(String::new, |message| {
            format!(": {}", logging::bounded(message, LONGEST_TEXT))
        });
        [
            time(run.started_at),
            run.outcome.name().to_owned(),
            run.duration_seconds
                .map_or_else(String::new, |seconds| format!("{seconds:.1} s")),
            logging::bounded(by, 40),
            format!("{}{message}", logging::bounded(school, LONGEST_TEXT)),
        ]
    });
    aligned([head].into_iter().chain(rows))
}

/// To the minute, in UTC.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// Columns of equal width, two blanks apart; the last one is as long as it is.
pub(crate) fn aligned<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = rows.collect();
    let width = |n: usize| {
        let cells = rows.iter().map(|row| row[n].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let line: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}", width = *width))
            .collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_whatever_letters_they_hold() {
        let rows = [["ID", "NAME"], ["1", "Ysgol Tŷ Ddewi"], ["200", ""]];
        let text = aligned(rows.iter().map(|row| row.map(str::to_owned)));
        assert_eq!(text, "ID   NAME\n1    Ysgol Tŷ Ddewi\n200\n");
    }
}
