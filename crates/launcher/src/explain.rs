//! The use case "why is a student missing?": one question about a record or an e-mail of a school, answered by the refresh's
//! program without writing anything. One at a time for each school, and few at once, since each reads the school in Knack.

use std::sync::Arc;

use dashboard::School;
use sync_protocol::{Explanation, KnackRecordId};
use tracing::Instrument;
use uuid::Uuid;

use crate::access::Caller;
use crate::problem::Problem;
use crate::services::Services;
use crate::supervise::{self, ChildArgs};

/// The longest e-mail address (RFC 3696).
const LONGEST: usize = 320;

/// What someone asks about: the id of a record in Knack, or an e-mail. It may be a pupil's, so it cannot be printed.
pub(crate) struct Question(String);

impl Question {
    /// The question in this text, if it is one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_email = text.contains('@') && !text.contains(|c: char| c.is_whitespace());
        let is_record = text.parse::<KnackRecordId>().is_ok();
        let is_one_line = !text.contains(|c: char| c.is_control());
        let is_question = text.len() <= LONGEST && is_one_line && (is_email || is_record);
        is_question.then(|| Self(text.to_owned()))
    }
}

/// What becomes of the subject of the question, and why.
pub(crate) async fn explain(
    services: &Arc<Services>,
    school: &Arc<School>,
    caller: &Caller,
    question: Question,
) -> Result<Explanation, Problem> {
    let turn = services.turns_to_ask.take(school.id);
    let turn = turn.ok_or_else(Problem::explaining_already)?;
    let all = Arc::clone(services);
    let (school, started_by) = (Arc::clone(school), caller.name().to_owned());
    let id = Uuid::new_v4();
    let span = tracing::info_span!("explanation", run_id = %id, school = %school.id);
    let work = async move {
        let _turn = turn;
        let args = ChildArgs {
            run_id: id,
            school: &school,
            started_by: &started_by,
            fence: None,
        };
        tracing::info!("a question is answered");
        supervise::explain(&all.program, args, &question.0).await
    };
    let answered = services.background.until_closing(work.instrument(span));
    let answered = answered.await;
    answered.unwrap_or_else(|| Err(Problem::shutting_down()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_one_record_or_one_email_in_one_line() {
        let long = format!("{}@example.test", "a".repeat(LONGEST));
        for (text, expected) in [
            ("61680FC13A0BFD001E8CA3CA", Some("61680FC13A0BFD001E8CA3CA")),
            (" ann@example.test ", Some("ann@example.test")),
            ("ännchen@example.test", Some("ännchen@example.test")),
            ("", None),
            ("Ann Other", None),
            ("61680fc1", None),
            ("ann@example.test ben@example.test", None),
            ("ann@example.test\nben@example.test", None),
            ("ann@example.test\0", None),
            (&long, None),
        ] {
            let question = Question::parse(text);
            let text = question.as_ref().map(|question| question.0.as_str());
            assert_eq!(text, expected);
        }
    }
}
