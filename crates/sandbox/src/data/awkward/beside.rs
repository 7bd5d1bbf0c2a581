//! The answers of those pupils whose result record is odd: a record of answers that is just as odd.

use serde_json::{Value, json};

use super::table::{Awkward, awkward_answers_id, awkward_id, awkward_school};
use crate::data::{Answers, FILTERED_AS, Pupil, answers};

/// Fields of a result record, and those of a record of answers that hold the same: school, e-mail, completion date.
const SAME: [(u32, u32); 3] = [(133, 1821), (197, 2732), (855, 856)];

/// The `object_29` record of that pupil, answered in three cycles, whatever scores there are.
pub(super) fn answers_of(odd: &Awkward) -> Value {
    let pupil = Pupil {
        record_id: awkward_id(odd.name),
        ..Pupil::new(0)
    };
    let mut record = Answers {
        cycles: [1, 2, 3].map(|cycle| Some(answers::ordinary(cycle))),
        ..Answers::of(&awkward_answers_id(odd.name), &pupil)
    }
    .to_record(&awkward_school());
    for (from, to) in SAME {
        for form in ["", "_raw"] {
            let written = odd.record.get(format!("field_{from}{form}"));
            copy(&mut record, format!("field_{to}{form}"), written);
        }
        if let Some(stored) = odd.record[FILTERED_AS].get(format!("field_{from}")) {
            record[FILTERED_AS] = json!({ format!("field_{to}"): stored });
        }
    }
    record
}

fn copy(record: &mut Value, key: String, value: Option<&Value>) {
    match (value, record.as_object_mut()) {
        (Some(value), _) => record[key] = value.clone(),
        (None, Some(fields)) => drop(fields.remove(&key)),
        (None, None) => {}
    }
}
