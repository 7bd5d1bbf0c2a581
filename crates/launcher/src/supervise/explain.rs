//! One question to the refresh's program, as a process of its own: started as a refresh is, read within the same bounds, and
//! gone when this ends or is dropped.
//!
//! The question may be a pupil's e-mail and the answer may hold a name, so neither is in an argument, in the environment or in
//! the log: the question is the first line of stdin, which then stays open as the death pipe.

use std::time::Duration;

use sync_protocol::{Explanation, Summary};
use tokio::io::AsyncWriteExt;

use super::child_args::ChildArgs;
use super::group::Group;
use super::pipes::{self, Captured};
use super::program::Program;
use super::text::masked;
use super::{command, log};
use crate::problem::Problem;

/// Before a router in front of the launcher gives up, which happens after thirty seconds.
const LIMIT: Duration = Duration::from_secs(25);
/// A chain of reasons is shorter.
const MOST_FACTS: usize = 200;
/// A student has fewer tables and cycles.
const MOST_CHANGES: usize = 50;
const LONGEST_SENTENCE: usize = 1_000;
const LONGEST_NAME: usize = 255;

/// The program's answer to `question`, a line without its end.
pub(crate) async fn explain(
    program: &Program,
    args: ChildArgs<'_>,
    question: &str,
) -> Result<Explanation, Problem> {
    let limit = LIMIT.min(program.timeout);
    let mut child = command::explain(program, args, limit)
        .spawn()
        .map_err(|error| {
            tracing::error!(kind = ?error.kind(), "the refresh cannot be started");
            Problem::of_start(&error)
        })?;
    // Dropped before the child, so that no process is left if this is dropped.
    let group = Group::of(&child);
    let mut stdin = child.stdin.take();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut secrets = program.secrets.clone();
    secrets.push(question.to_owned());
    let mut captured = Captured::default();
    let answering = async {
        if let Some(stdin) = &mut stdin {
            // Fails if it has ended already, and then its answer says why.
            drop(stdin.write_all(format!("{question}\n").as_bytes()).await);
            drop(stdin.flush().await);
        }
        let lines = pipes::lines(stderr, |_| (), |line| log::relay(line, args, &secrets));
        tokio::join!(child.wait(), pipes::capture(stdout, &mut captured), lines).0
    };
    let ended = tokio::time::timeout(limit, answering).await;
    drop(stdin);
    group.kill();
    let Ok(status) = ended else {
        // It was killed, so this ends.
        drop(child.wait().await);
        return Err(Problem::explanation_timed_out());
    };
    let is_success = status.is_ok_and(|status| status.success());
    answer(args, is_success, &captured, &program.secrets)
}

/// An answer counts if the program says that it succeeded, and it is about this school.
fn answer(
    args: ChildArgs<'_>,
    is_success: bool,
    captured: &Captured,
    secrets: &[String],
) -> Result<Explanation, Problem> {
    let unusable = || {
        tracing::error!(
            is_success,
            bytes = captured.text.len(),
            truncated = captured.is_truncated,
            "exit status and answer of the refresh do not agree"
        );
        Problem::explanation_unusable()
    };
    if captured.is_truncated {
        return Err(unusable());
    }
    if !is_success {
        let summary = serde_json::from_slice::<Summary>(&captured.text).ok();
        let failure = summary.and_then(|summary| summary.error);
        let failure = failure.ok_or_else(unusable)?;
        let mut problem = Problem::of_refresh(&failure);
        problem.message = masked(&problem.message, secrets, LONGEST_SENTENCE);
        return Err(problem);
    }
    let explanation: Explanation =
        serde_json::from_slice(&captured.text).map_err(|_| unusable())?;
    if explanation.establishment_id != args.school.knack_id {
        return Err(unusable());
    }
    Ok(fit(explanation, secrets))
}

fn fit(mut explanation: Explanation, secrets: &[String]) -> Explanation {
    explanation.sentence = masked(&explanation.sentence, secrets, LONGEST_SENTENCE);
    explanation.facts.truncate(MOST_FACTS);
    for fact in &mut explanation.facts {
        fact.sentence = masked(&fact.sentence, secrets, LONGEST_SENTENCE);
    }
    explanation.changes.truncate(MOST_CHANGES);
    let name = explanation.name.take();
    explanation.name = name.map(|name| masked(&name, secrets, LONGEST_NAME));
    explanation
}
