//! A refresh that is stopped while it writes answers.

use e2e::until;
use nix::sys::signal::Signal;
use sandbox::proxy::{Fault, ProxyRule};
use sync_protocol::ErrorCode;

use super::{TABLE, changed, class};

#[tokio::test]
async fn what_was_saved_before_counts_and_the_next_run_completes_it() {
    for (signal, code, error) in [
        (Some(Signal::SIGTERM), 143, ErrorCode::Cancelled),
        (None, 124, ErrorCode::Deadline),
    ] {
        let (stage, _) = class(9).await;
        let hang = ProxyRule::new(Fault::Hang).on("POST", TABLE);
        stage.proxy.inject(hang);
        let refresh = stage.refresh();
        let refresh = match signal {
            Some(_) => refresh,
            None => refresh.args(["--timeout", "6"]),
        };
        let running = refresh.start();
        if let Some(signal) = signal {
            until("answers are sent", || {
                let writes = stage.proxy.writes();
                writes.iter().any(|write| write.table() == TABLE)
            })
            .await;
            running.signal(signal);
        }

        let run = running.end().await;

        let failure = run.expect_failure(code, error);
        assert!(failure.message.contains("saved"), "{}", failure.message);
        let summary = run.summary();
        assert_eq!(summary.students_synced, 9);
        assert_eq!(changed(&summary), [0, 0, 0]);
        stage.proxy.clear();
        assert_eq!(changed(&stage.run().await.expect_code(0)), [288, 0, 0]);
    }
}

#[tokio::test]
async fn of_several_batches_those_that_were_saved_count_and_no_other() {
    let (stage, _) = class(130).await;
    let hang = ProxyRule::new(Fault::Hang).on("POST", TABLE);
    stage.proxy.inject(hang.once());
    let running = stage.refresh().start();
    until("two batches are saved", || {
        let writes = stage.proxy.writes();
        let of_answers = writes.iter().filter(|write| write.table() == TABLE);
        of_answers.filter(|write| write.status.is_some()).count() == 2
    })
    .await;

    running.signal(Signal::SIGTERM);

    let run = running.end().await;
    run.expect_failure(143, ErrorCode::Cancelled);
    let saved = stage.answers().stored().await.len() as u64;
    assert!(saved > 0 && saved < 4_160, "{saved}");
    assert_eq!(changed(&run.summary()), [saved, 0, 0]);
    let rest = 4_160 - saved;
    assert_eq!(changed(&stage.run().await.expect_code(0)), [rest, 0, saved]);
}
