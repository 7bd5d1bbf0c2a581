//! What the process says: the summary on stdout, and nothing else there; logs on stderr. No pupil's data on either.

use std::error::Error;
use std::io::{self, IsTerminal, Write};

use sync_protocol::Summary;
use tracing::Level;

/// Prints the one document: indented for a person, one line for a program. A reader that has gone away is no reason to
/// fail: the data is saved. A disk that is full is one: somebody counts on the document.
pub(crate) fn summary(summary: &Summary) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let text = if stdout.is_terminal() {
        serde_json::to_string_pretty(summary)
    } else {
        serde_json::to_string(summary)
    };
    let text = text.expect("summaries always serialise");
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints what `--help` and `--version` ask for.
pub(crate) fn help(text: &str) {
    drop(io::stdout().lock().write_all(text.as_bytes()));
}

/// Sends logs of `level` and above to stderr.
pub(crate) fn log_to_stderr(level: Level) {
    // Only our own crates: a library's debug line may quote a request.
    let ours = ["sync_cli", "knack_client", "supabase_client"];
    let filter = ours.iter().fold(
        tracing_subscriber::EnvFilter::new("error"),
        |filter, target| {
            let directive = format!("{target}={level}").parse();
            filter.add_directive(directive.expect("a target and a level make a directive"))
        },
    );
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false);
    // Fails only where one is installed already.
    drop(subscriber.try_init());
}

/// The whole chain of an error, once.
pub(crate) fn log_chain(error: &dyn Error) {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!("{chain}");
}

/// A panic says where, not what with: its text may quote a pupil's data.
pub(crate) fn report_panics_without_their_data() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!("panicked at {place}");
    }));
}
