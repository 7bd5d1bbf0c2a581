//! The use case "why is a student missing?": one question about a record or an e-mail of a school, answered by the refresh's
//! program without writing anything. One at a time for each school, and few at once, since each reads the school in Knack.

use std::collections::HashSet;
use std::sync::Arc;

use dashboard::School;
use parking_lot::Mutex;
use sync_protocol::{Explanation, KnackRecordId};
use tokio::sync::Semaphore;
use tracing::Instrument;
use uuid::Uuid;

use crate::access::Caller;
use crate::problem::Problem;
use crate::services::Services;
use crate::supervise::{self, ChildArgs};

/// Refreshes need Knack's requests too.
const AT_ONCE: usize = 2;
/// The longest e-mail address (RFC 3696).
const LONGEST: usize = 320;

/// What someone asks about: the id of a record in Knack, or an e-mail. It may be a pupil's, so it cannot be printed.
pub(crate) struct Question(String);

/// Which schools a question is being answered about.
pub(crate) struct Explaining {
    schools: Mutex<HashSet<Uuid>>,
    places: Semaphore,
}

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

impl Explaining {
    pub(crate) fn new() -> Self {
        Self {
            schools: Mutex::default(),
            places: Semaphore::new(AT_ONCE),
        }
    }
}

/// A school's turn, until it is dropped.
struct Turn {
    services: Arc<Services>,
    school: Uuid,
}

impl Turn {
    fn take(services: &Arc<Services>, school: &School) -> Result<Self, Problem> {
        let is_free = services.explaining.schools.lock().insert(school.id);
        is_free
            .then(|| Self {
                services: Arc::clone(services),
                school: school.id,
            })
            .ok_or_else(Problem::explaining_already)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.services.explaining.schools.lock().remove(&self.school);
    }
}

/// What becomes of what the question is about, and why.
pub(crate) async fn explain(
    services: &Arc<Services>,
    school: &Arc<School>,
    caller: &Caller,
    question: Question,
) -> Result<Explanation, Problem> {
    let turn = Turn::take(services, school)?;
    let (school, started_by) = (Arc::clone(school), caller.name().to_owned());
    let id = Uuid::new_v4();
    let span = tracing::info_span!("explanation", run_id = %id, school = %school.id);
    let work = async move {
        let services = &turn.services;
        let place = services.explaining.places.try_acquire();
        let _place = place.map_err(|_| Problem::explaining_already())?;
        let args = ChildArgs {
            run_id: id,
            school: &school,
            started_by: &started_by,
        };
        tracing::info!("a question is answered");
        supervise::explain(&services.program, args, &question.0).await
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
