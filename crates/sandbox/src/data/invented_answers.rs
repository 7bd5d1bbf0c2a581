//! The answers of an ordinary school's pupils: one record of each pupil, answered in every cycle that has scores.

use jiff::civil::Time;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{Answers, Pupil, record_id};

/// The record ids of answers begin so far behind those of the pupils.
const IDS: u64 = 0x8_0000;

/// The times of a school day at which questionnaires are completed.
const TIMES: [Time; 4] = [
    Time::constant(9, 5, 0, 0),
    Time::constant(10, 40, 0, 0),
    Time::constant(12, 0, 0, 0),
    Time::constant(15, 25, 0, 0),
];

/// One record of each pupil, in their order. Of those with an e-mail address, 22 % are connected to no result record;
/// one in twenty left a question out, which Knack keeps as 0. Whoever completed nothing has neither date nor answers.
pub(super) fn invented(seed: u64, pupils: &[Pupil]) -> Vec<Answers> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ IDS);
    let records = pupils.iter().enumerate();
    records
        .map(|(n, pupil)| of(&mut rng, seed, n, pupil))
        .collect()
}

fn of(rng: &mut ChaCha8Rng, seed: u64, n: usize, pupil: &Pupil) -> Answers {
    let id = record_id((seed << 20).wrapping_add(IDS + n as u64));
    let mut answers = Answers {
        completed_time: TIMES[n % TIMES.len()],
        form: pupil.score_form,
        ..Answers::of(&id, pupil)
    };
    for cycle in answers.cycles.iter_mut().flatten() {
        *cycle = std::array::from_fn(|_| Some(rng.random_range(1..=5)));
        if n % 20 == 3 {
            cycle[n % cycle.len()] = Some(0);
        }
    }
    if pupil.email.is_some() && n % 9 < 2 {
        answers = answers.unconnected();
    }
    answers
}
