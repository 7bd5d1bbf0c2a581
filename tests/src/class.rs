//! Pupils by the number, for tests that care for how many there are and not for who they are.

use std::ops::RangeInclusive;

use sandbox::data::Pupil;

use crate::Stage;

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

    /// The nth pupil: e-mail `p001` and so on, cycle 1 completed on the year's first day.
    pub fn pupil(&self, n: u64) -> Pupil {
        Pupil::new(n)
            .email(&format!("p{n:03}"))
            .completed(self.year.first_day())
            .scored(1, [7, 6, 5, 4, 3, 5])
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
