//! Lists what needs attention after a run, for people: skipped records and warnings, with a few of the records
//! concerned. Pure.

use std::fmt::{self, Write as _};

use sync_protocol::{KnackRecordId, SkipReason, Summary};

/// So many records are named: whoever needs all of them takes the JSON document.
const NAMED: usize = 5;

/// Nothing, where nothing does.
pub(super) fn write_attention(text: &mut String, summary: &Summary) -> fmt::Result {
    if summary.skipped.is_empty() && summary.warnings.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nNeeds attention:")?;
    for skipped in &summary.skipped {
        let records = match skipped.count {
            1 => "1 record skipped".to_owned(),
            more => format!("{more} records skipped"),
        };
        writeln!(text, "  {records}: {}", words(skipped.reason))?;
        write_records(text, skipped.count, &skipped.record_ids)?;
    }
    for warning in &summary.warnings {
        writeln!(text, "  {}", warning.message)?;
        write_records(text, warning.count, &warning.record_ids)?;
    }
    Ok(())
}

fn write_records(text: &mut String, count: u64, records: &[KnackRecordId]) -> fmt::Result {
    let Some(named) = records.get(..records.len().min(NAMED)) else {
        return Ok(());
    };
    for record in named {
        writeln!(text, "    {record}")?;
    }
    let named = named.len() as u64;
    if named > 0 && count > named {
        writeln!(text, "    and {} more", count - named)?;
    }
    Ok(())
}

fn words(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::MissingEmail => "no valid e-mail address",
        SkipReason::OtherSchool => "from another school",
        SkipReason::OutsideYear => "from another academic year",
        SkipReason::UnreadableDate => "unreadable completion date",
        SkipReason::DuplicateEmail => "same e-mail address as another record",
        SkipReason::EmailOfAnotherStudent => "same e-mail address as another student",
        SkipReason::HeldByOtherEstablishment => "e-mail address already used by another school",
        SkipReason::NoStudent => "answers that belong to no student of this school and year",
    }
}
