//! Schools whose students have all answered in each of so many cycles.

use jiff::civil::Date;
use sandbox::data::{School, schools, standard_schools};

/// The standard schools of 465 and of 2,000 students.
pub(crate) fn schools_with_cycles(today: Date, cycles: u8) -> Vec<School> {
    let mut chosen = standard_schools(today);
    chosen.retain(|school| [schools::EXAMPLE, schools::HUGE].contains(&&*school.knack_id));
    for school in &mut chosen {
        for pupil in &mut school.pupils {
            if pupil.scores[0].is_some() {
                pupil.scores = repeated(pupil.scores[0], cycles);
                pupil.current_cycle = Some(cycles);
            }
        }
        for answers in &mut school.answers {
            answers.cycles = repeated(answers.cycles[0], cycles);
            answers.current_cycle = Some(cycles);
        }
    }
    chosen
}

/// What the first cycle holds, in so many cycles.
fn repeated<T: Copy>(first: Option<T>, cycles: u8) -> [Option<T>; 3] {
    [0, 1, 2].map(|cycle| first.filter(|_| cycle < cycles))
}
