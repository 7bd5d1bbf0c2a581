//! Whether Knack's fields are still what the field table says: asked once a day on each machine, beside a refresh, so that
//! nothing is ever written from a field that has vanished, changed its kind or its order of dates.
//!
//! Must never be in a run's way: where Knack does not describe its fields, the run goes on.

mod faults;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use knack_client::{Due, KnackClient, KnackError};

pub(crate) use faults::{Faulty, FieldFaults};

use crate::field_table::{self, Use};
use crate::knack::fields::Object;
use crate::knack::fields::answers::QuestionAnswers;
use crate::knack::fields::results::VespaResults;

/// How long Knack may take to describe an object.
const PATIENCE: Duration = Duration::from_secs(5);
const A_DAY: Duration = Duration::from_hours(24);
/// Until Knack is asked again after it has not described an object.
const AN_HOUR: Duration = Duration::from_hours(1);

/// The result for one object.
enum Examined {
    NotDue,
    AsExpected,
    Changed(Vec<Faulty>),
    NotDescribed,
}

/// Examines what is due. Fields that have changed are examined again by the next run, so that it notices when they are mended.
pub(crate) async fn examine(knack: &KnackClient, with_answers: bool) -> FieldFaults {
    let mut schedule = knack.schedule().await;
    let (of_results, of_answers) = (&field_table::OF_RESULTS, &field_table::OF_ANSWERS);
    let due_results = due::<VespaResults>(knack, of_results);
    let due_answers = due::<QuestionAnswers>(knack, of_answers);
    let ask_results = schedule.is_due(due_results);
    let ask_answers = with_answers && schedule.is_due(due_answers);
    let (results, answers) = tokio::join!(
        of_object::<VespaResults>(knack, of_results, ask_results),
        of_object::<QuestionAnswers>(knack, of_answers, ask_answers),
    );
    let mut note = |due, examined| match examined {
        Examined::NotDue => Vec::new(),
        Examined::AsExpected => {
            schedule.done(due, A_DAY);
            Vec::new()
        }
        Examined::NotDescribed => {
            schedule.done(due, AN_HOUR);
            Vec::new()
        }
        Examined::Changed(faults) => faults,
    };
    FieldFaults {
        results: note(due_results, results),
        answers: note(due_answers, answers),
    }
}

/// Results for another app or another table do not count for this one.
fn due<O: Object>(knack: &KnackClient, uses: &[Use]) -> Due {
    let mut hasher = DefaultHasher::new();
    (knack.app(), O::KEY).hash(&mut hasher);
    for used in uses {
        (used.field.key, used.holds).hash(&mut hasher);
    }
    Due(hasher.finish())
}

async fn of_object<O: Object>(knack: &KnackClient, uses: &[Use], is_due: bool) -> Examined {
    if !is_due {
        return Examined::NotDue;
    }
    let object = O::KEY;
    let described = tokio::time::timeout(PATIENCE, knack.describe(object)).await;
    let fields = match described {
        Ok(Ok(description)) if !description.fields.is_empty() => description.fields,
        Ok(Ok(_)) => return not_described(object, &KnackError::NotAPage),
        Ok(Err(error)) => return not_described(object, &error),
        Err(_) => return not_described(object, &"Knack did not answer in time"),
    };
    let faults: Vec<Faulty> = uses
        .iter()
        .filter_map(|used| {
            let fault = field_table::fault(used, &fields)?;
            Some(Faulty::new(used, &fault))
        })
        .collect();
    if faults.is_empty() {
        tracing::info!(object, "Knack's fields are what they should be");
        Examined::AsExpected
    } else {
        Examined::Changed(faults)
    }
}

fn not_described(object: &str, reason: &dyn std::fmt::Display) -> Examined {
    tracing::warn!(
        object,
        %reason,
        "Knack did not describe its fields, so they could not be examined today; the refresh goes on"
    );
    Examined::NotDescribed
}
