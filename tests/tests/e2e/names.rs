//! A name server that never answers keeps nobody longer than they said.

use std::time::{Duration, Instant};

use e2e::{Refresh, until};
use nix::sys::signal::Signal;
use sync_protocol::ErrorCode;

/// For a write in flight, the log row and the last words, and for a machine that has more to do.
const GRACE: Duration = Duration::from_secs(5);

/// What is sent to 10.8.0.1 leaves by the loopback device, and so arrives where nobody is meant.
const MUTE_NAME_SERVER: &str = "ip link set lo up \
    && ip address add 10.9.9.1/32 dev lo && ip route add 10.8.0.1/32 dev lo src 10.9.9.1 \
    && mount -t tmpfs none /mnt && echo nameserver 10.8.0.1 >/mnt/resolv.conf \
    && mount --bind /mnt/resolv.conf /etc/resolv.conf";

/// A refresh of a school in a database that nobody can find, or nothing where that cannot be tried.
fn refresh() -> Option<Refresh> {
    let refresh = Refresh::bare_apart(MUTE_NAME_SERVER)?
        .args(["--establishment-id", "61680fc13a0bfd001e8ca3ca"])
        .env("KNACK_APP_ID", "61680fc13a0bfd001e8ca3cb")
        .env("KNACK_API_KEY", "key")
        .env("SUPABASE_URL", "https://project.example")
        .env("SUPABASE_KEY", "sb_secret_key");
    Some(refresh)
}

#[tokio::test]
async fn a_name_server_that_never_answers_is_not_waited_for_beyond_the_time_limit() {
    let Some(refresh) = refresh() else { return };
    let begun = Instant::now();

    let run = refresh.args(["--timeout", "3"]).run().await;

    run.expect_failure(124, ErrorCode::Deadline);
    let limit = Duration::from_secs(3) + GRACE;
    assert!(begun.elapsed() < limit, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn term_is_heeded_while_a_name_server_does_not_answer() {
    let Some(refresh) = refresh() else { return };
    let running = refresh.start();
    let sockets = format!("/proc/{}/net/udp", running.pid());
    until("the name server is asked", || {
        let sockets = std::fs::read_to_string(&sockets).unwrap_or_default();
        // Port 53, as the system writes it.
        sockets.contains(":0035 ")
    })
    .await;
    let stopped = Instant::now();

    running.signal(Signal::SIGTERM);

    running
        .end()
        .await
        .expect_failure(143, ErrorCode::Cancelled);
    assert!(stopped.elapsed() < GRACE, "{:?}", stopped.elapsed());
}
