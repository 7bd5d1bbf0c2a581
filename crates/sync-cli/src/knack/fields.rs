//! Which Knack field means what (docs/knack-and-dashboard.md, "VESPA results"). The one place that knows
//! their numbers.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The object that holds one record per student: "VESPA results".
pub(crate) const VESPA_RESULTS: &str = "object_10";

/// A field of [`VESPA_RESULTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field {
    number: u16,
    /// `field_N`, as in a record and in a filter.
    pub(crate) key: &'static str,
}

macro_rules! field {
    ($number:literal) => {
        Field {
            number: $number,
            key: concat!("field_", $number),
        }
    };
}

pub(crate) const ESTABLISHMENT: Field = field!(133);
pub(crate) const EMAIL: Field = field!(197);
pub(crate) const NAME: Field = field!(187);
pub(crate) const YEAR_GROUP: Field = field!(144);
/// Tutor group.
pub(crate) const GROUP: Field = field!(223);
pub(crate) const FACULTY: Field = field!(782);
pub(crate) const COURSE: Field = field!(2299);
pub(crate) const GENDER: Field = field!(143);
/// The cycle last completed. Not a score.
pub(crate) const CURRENT_CYCLE: Field = field!(146);
/// When it was completed: one date per record, overwritten each cycle.
pub(crate) const COMPLETION_DATE: Field = field!(855);

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

/// Whether a field of that number is read at all. A record has some hundreds of others.
pub(crate) fn is_read(number: u16) -> bool {
    static READ: LazyLock<HashSet<u16>> = LazyLock::new(|| {
        let single = [
            ESTABLISHMENT,
            EMAIL,
            NAME,
            YEAR_GROUP,
            GROUP,
            FACULTY,
            COURSE,
            GENDER,
            CURRENT_CYCLE,
            COMPLETION_DATE,
        ];
        let of_cycles = CYCLES
            .iter()
            .flat_map(|cycle| cycle.scores.iter().chain([&cycle.rrc, &cycle.goal]));
        single
            .iter()
            .chain(of_cycles)
            .map(|field| field.number)
            .collect()
    });
    READ.contains(&number)
}

impl Field {
    pub(crate) fn number(self) -> u16 {
        self.number
    }
}
