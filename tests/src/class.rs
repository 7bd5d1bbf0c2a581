//! Pupils by the number, for tests that care for how many there are and not for who they are.

use std::ops::RangeInclusive;

use sandbox::data::{Answers, Pupil};
use sandbox::proxy::{CANARY_EMAIL, CANARY_NAME, Fault, ProxyRule};
use serde_json::json;

use crate::Stage;
use crate::answers::sheet_id;

/// The group of [`Stage::bad_pupil`].
const BAD_GROUP: &str = "Refused";

/// `fault` for every write to `students` in which a [`Stage::bad_pupil`] is.
pub fn to_bad_pupils(fault: Fault) -> ProxyRule {
    let group = format!("\"group\":\"{BAD_GROUP}\"");
    ProxyRule::new(fault).on("POST", "students").body(&group)
}

/// An error of PostgREST's form, with what a test must never see again in its details.
pub fn postgrest_error(status: u16, code: &str, message: &str) -> Fault {
    let details = format!("Failing row contains ({CANARY_EMAIL}, {CANARY_NAME}).");
    Fault::Status {
        code: status,
        body: json!({"code": code, "message": message, "details": details, "hint": null}),
        headers: [].into(),
    }
}

impl Stage {
    /// A UK school with that many pupils; see [`Stage::admit`].
    pub async fn with_class(size: u64) -> Self {
        let stage = Self::with_pupils([]).await;
        stage.admit(1..=size);
        stage
    }

    /// Puts pupils into Knack; see [`Stage::pupil`].
    pub fn admit(&self, numbers: RangeInclusive<u64>) {
        for n in numbers {
            self.knack.put("object_10", self.record(self.pupil(n)));
        }
    }

    /// Puts the question answers of pupils into Knack, and no more.
    pub fn admit_answers(&self, numbers: RangeInclusive<u64>) {
        for n in numbers {
            let pupil = self.pupil(n);
            self.put_answers(&Answers::of(&sheet_id(&pupil), &pupil));
        }
    }

    /// The nth pupil: e-mail `p001` and so on, cycle 1 completed on the year's first day.
    pub fn pupil(&self, n: u64) -> Pupil {
        Pupil::new(n)
            .email(&format!("p{n:03}"))
            .completed(self.year.first_day())
            .scored(1, [7, 6, 5, 4, 3, 5])
    }

    /// The nth pupil, in a group that tests have refused.
    pub fn bad_pupil(&self, n: u64) -> Pupil {
        Pupil {
            group: Some(BAD_GROUP.to_owned()),
            ..self.pupil(n)
        }
    }

    /// How many students, scores and comments of this school the database holds.
    pub async fn row_counts(&self) -> [usize; 3] {
        [
            self.students().await.len(),
            self.scores().await.len(),
            self.comments().await.len(),
        ]
    }
}
