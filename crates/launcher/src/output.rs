//! Output of the commands other than the service: documents and lists on stdout, a sentence on stderr. The service
//! itself writes nothing but its log.

use std::io::{self, Write};
use std::process::ExitCode;

/// A configuration error, as sysexits.h defines it.
pub(crate) const EX_CONFIG: u8 = 78;

/// A text on stdout. A failure is told, except to a reader that has gone: it has all it wanted.
pub(crate) fn print(text: &str) -> ExitCode {
    let Err(error) = io::stdout().lock().write_all(text.as_bytes()) else {
        return ExitCode::SUCCESS;
    };
    if error.kind() != io::ErrorKind::BrokenPipe {
        say(&format!("Nothing could be printed: {error}."));
    }
    ExitCode::FAILURE
}

/// A line on stderr. Nobody may be listening, which changes nothing.
pub(crate) fn say(line: &str) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// One sentence for whoever reads the mail of cron.
pub(crate) fn failed(sentence: &str, code: u8) -> ExitCode {
    say(sentence);
    ExitCode::from(code)
}
