//! Everything that may come in the place of a request: it is refused for what it is, starts nothing, and leaves no trace of
//! itself in the answer or the log.

mod bodies;
mod headers;
mod ids;
mod methods;
mod preconditions;

use e2e::{Answer, Launcher, Stage};

/// A launcher that answers everybody, and what it must not have done in the end.
struct Untouched {
    stage: Stage,
    launcher: Launcher,
}

impl Untouched {
    async fn new() -> Self {
        let stage = Stage::with_pupils([]).await;
        let launcher = stage.launcher().start().await;
        Self { stage, launcher }
    }

    /// Asserts that nothing was started, nobody was asked, and the log repeats none of this.
    async fn check(&self, never_logged: &[&str]) {
        let log = self.launcher.whole_log().await;
        assert!(!log.contains("a run starts"), "{log}");
        for raw in never_logged {
            assert!(!log.contains(raw), "{raw:?} in {log}");
        }
        // A log line that was forged would not be one of ours.
        for line in log.lines() {
            let said: serde_json::Value = serde_json::from_str(line).expect("one object a line");
            assert!(said["level"].is_string(), "{line}");
            assert_ne!(said["level"], "ERROR", "{line}");
        }
        assert!(self.stage.knack.seen().is_empty());
        self.launcher.get("/healthz").await.expect_status(200);
    }
}

/// Asserts that it is a refusal by the server below us: no fault of ours, and nothing revealed.
#[track_caller]
fn assert_refused_below(answer: Option<&Answer>, what: &str) {
    if let Some(answer) = answer {
        assert!((400..500).contains(&answer.status), "{what}: {answer:?}");
        assert!(!answer.text.contains("canary"), "{what}: {answer:?}");
    }
}
