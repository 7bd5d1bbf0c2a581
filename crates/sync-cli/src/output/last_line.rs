//! The last line on stderr of a run that did not end well: what happened, whether data changed and what to do, for
//! whoever reads the mail that cron makes of it. A quiet run prints no other line.

use jiff::Timestamp;
use serde_json::json;
use sync_protocol::Summary;

use super::listing::printable;
use crate::error::SyncError;

/// A sentence or two, without a line break.
pub(crate) struct LastLine(String);

impl LastLine {
    /// Of a run that failed, about the school, if it is known.
    pub(crate) fn of_failure(summary: &Summary, error: &SyncError) -> Option<Self> {
        let message = &summary.error.as_ref()?.message;
        let cause = match error {
            // Whoever mends it has nothing else to go by.
            SyncError::Internal(cause) => format!(" (The cause: {cause}.)"),
            _ => String::new(),
        };
        Some(Self(format!("{}{message}{cause}", about(summary))))
    }

    /// Of a run that saved a part.
    pub(crate) fn of_part(summary: &Summary) -> Self {
        let left_out: Vec<&str> = summary
            .warnings
            .iter()
            .filter(|warning| warning.code.makes_partial())
            .map(|warning| warning.message.as_str())
            .collect();
        Self(format!("{}{}", about(summary), left_out.join(" ")))
    }

    pub(crate) fn of(sentence: String) -> Self {
        Self(sentence)
    }
}

/// `Example School: `
fn about(summary: &Summary) -> String {
    let id = || {
        let knack_id = summary.establishment_id.map(|id| id.to_string());
        knack_id.or_else(|| summary.establishment_uuid.map(|id| id.to_string()))
    };
    let name = summary.establishment_name.as_deref().map(printable);
    let about = name.filter(|name| !name.trim().is_empty()).or_else(id);
    about.map_or_else(String::new, |about| format!("{about}: "))
}

/// Writes it in the form of all other lines: in words, or as JSON.
pub(crate) fn write_last_line(line: &LastLine, format: logging::Format, now: Timestamp) {
    let LastLine(said) = line;
    let said: String = said
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = match format {
        logging::Format::Text => format!("sync-single-establishment: {said}\n"),
        logging::Format::Json => {
            let line = json!({
                "timestamp": now, "level": "ERROR", "message": said, "target": "sync_cli",
            });
            format!("{line}\n")
        }
    };
    logging::write(line.as_bytes());
}
