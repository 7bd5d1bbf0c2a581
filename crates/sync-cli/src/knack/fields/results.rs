//! The fields of "VESPA results", which holds one record per student: details, scores and comments
//! (docs/knack-and-dashboard.md, "VESPA results").

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{Field, Object, field};

/// Marks what belongs to that object.
#[derive(Debug, Clone, Copy)]
pub(crate) enum VespaResults {}

pub(crate) const NAME: Field = field!(187);
pub(crate) const YEAR_GROUP: Field = field!(144);
/// Tutor group.
pub(crate) const GROUP: Field = field!(223);
pub(crate) const FACULTY: Field = field!(782);
pub(crate) const COURSE: Field = field!(2299);
pub(crate) const GENDER: Field = field!(143);
/// The cycle last completed. Not a score.
pub(crate) const CURRENT_CYCLE: Field = field!(146);

/// The fields of one cycle.
#[derive(Debug)]
pub(crate) struct CycleFields {
    /// Vision, effort, systems, practice, attitude, overall.
    pub(crate) scores: [Field; 6],
    pub(crate) rrc: Field,
    pub(crate) goal: Field,
}

/// Cycles 1, 2 and 3. The goals' numbers are not in order.
pub(crate) const CYCLES: [CycleFields; 3] = [
    CycleFields {
        scores: [
            field!(155),
            field!(156),
            field!(157),
            field!(158),
            field!(159),
            field!(160),
        ],
        rrc: field!(2302),
        goal: field!(2499),
    },
    CycleFields {
        scores: [
            field!(161),
            field!(162),
            field!(163),
            field!(164),
            field!(165),
            field!(166),
        ],
        rrc: field!(2303),
        goal: field!(2493),
    },
    CycleFields {
        scores: [
            field!(167),
            field!(168),
            field!(169),
            field!(170),
            field!(171),
            field!(172),
        ],
        rrc: field!(2304),
        goal: field!(2494),
    },
];

impl Object for VespaResults {
    const KEY: &'static str = "object_10";
    const ESTABLISHMENT: Field = field!(133);
    const COMPLETION_DATE: Field = field!(855);
    const EMAIL: Field = field!(197);

    fn is_read(number: u16) -> bool {
        static READ: LazyLock<HashSet<u16>> = LazyLock::new(|| {
            let single = [
                VespaResults::ESTABLISHMENT,
                VespaResults::COMPLETION_DATE,
                VespaResults::EMAIL,
                NAME,
                YEAR_GROUP,
                GROUP,
                FACULTY,
                COURSE,
                GENDER,
                CURRENT_CYCLE,
            ];
            let of_cycles = CYCLES
                .iter()
                .flat_map(|cycle| cycle.scores.iter().chain([&cycle.rrc, &cycle.goal]));
            single
                .iter()
                .chain(of_cycles)
                .map(|field| field.number())
                .collect()
        });
        READ.contains(&number)
    }
}
