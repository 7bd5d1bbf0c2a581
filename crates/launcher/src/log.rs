//! The launcher's own log: one JSON object a line on stderr. No secret, no e-mail, and nothing of a pupil ever stands in it.

use tracing_subscriber::EnvFilter;

/// Sends it there.
pub(crate) fn to_stderr() {
    // Only our own crates: a library's line may quote a request.
    let ours = ["launcher", "refresh", "knack_client", "supabase_client"];
    // A request that is not HTTP is its sender's error: on the open internet it would be in every log all day.
    let others = EnvFilter::new("error,actix_http::h1::dispatcher=off");
    let filter = ours.iter().fold(others, |filter, target| {
        let directive = format!("{target}=info").parse();
        filter.add_directive(directive.expect("a target and a level make a directive"))
    });
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // A run's span says all; the list would say it again.
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Fails only where one is installed already.
    drop(subscriber.try_init());
    std::panic::set_hook(Box::new(|panic| {
        // Where, not what with: a panic's text may quote data.
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!("panicked at {place}");
    }));
}
