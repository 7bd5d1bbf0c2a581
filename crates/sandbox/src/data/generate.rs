//! The standard schools: the same pupils on every machine for one academic year.

use jiff::civil::Date;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{
    Blank, Cycle, Name, Pupil, School, ScoreForm, Width, awkward, invented_answers, names,
    record_id, schools, year,
};

/// The schools of the demo, the tests and the benchmarks. Completion dates lie between the first day of the academic
/// year and 60 days later, none after `today`; nothing else depends on `today`.
pub fn standard_schools(today: Date) -> Vec<School> {
    let mut standard: Vec<School> = PLANS.iter().map(|plan| ordinary(plan, today)).collect();
    standard.push(School {
        use_standard_year: None,
        is_australian: None,
        blank: Blank::EmptyText,
        ..School::new(schools::AWKWARD, awkward::SCHOOL_NAME)
    });
    for school in &mut standard {
        school.odd_records = awkward::results(today, &school.knack_id);
        school.odd_answers = awkward::answers(today, &school.knack_id);
    }
    standard
}

/// What an ordinary school consists of.
struct Plan {
    knack_id: &'static str,
    name: &'static str,
    domain: &'static str,
    australian_year: bool,
    /// Pupils with an e-mail address and a completion date.
    pupils: usize,
    second_cycles: usize,
    third_cycles: usize,
    comments: usize,
    /// Pupils more, with a completion date but without an address.
    without_email: usize,
    /// Pupils more, who completed nothing this year.
    not_completed: usize,
}

impl Plan {
    const fn new(
        knack_id: &'static str,
        name: &'static str,
        domain: &'static str,
        pupils: usize,
    ) -> Self {
        Self {
            knack_id,
            name,
            domain,
            australian_year: false,
            pupils,
            second_cycles: pupils / 4,
            third_cycles: pupils / 16,
            comments: pupils / 3,
            without_email: 0,
            not_completed: 0,
        }
    }
}

const PLANS: [Plan; 7] = [
    Plan::new(schools::EMPTY, "Birch Lane School", "birch-lane.example", 0),
    Plan::new(
        schools::TINY,
        "Hazel Green Academy",
        "hazel-green.example",
        50,
    ),
    Plan::new(
        schools::SMALL,
        "Rowan Hill School",
        "rowan-hill.example",
        200,
    ),
    Plan {
        second_cycles: 118,
        third_cycles: 28,
        comments: 10,
        without_email: 2,
        not_completed: 31,
        ..Plan::new(
            schools::EXAMPLE,
            "Alder Park School",
            "alder-park.example",
            465,
        )
    },
    Plan::new(
        schools::LARGE,
        "Maple Bridge College",
        "maple-bridge.example",
        1_000,
    ),
    Plan::new(
        schools::HUGE,
        "Oakmoor Sixth Form",
        "oakmoor.example",
        2_000,
    ),
    Plan {
        australian_year: true,
        ..Plan::new(
            schools::AUSTRALIAN,
            awkward::CALENDAR_SCHOOL_NAME,
            "wattle-creek.example",
            120,
        )
    },
];

fn ordinary(plan: &Plan, today: Date) -> School {
    let seed = plan.knack_id.bytes().fold(0_u64, |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut pupils: Vec<Pupil> =
        Vec::with_capacity(plan.pupils + plan.without_email + plan.not_completed);
    for n in 0..plan.pupils + plan.without_email + plan.not_completed {
        let mut pupil = someone(&mut rng, n, plan.domain);
        pupil.record_id = record_id((seed << 20).wrapping_add(n as u64));
        let completed = year::nth_day(today, plan.australian_year, rng.random_range(0..=60));
        let cycle = scores(&mut rng);
        if n < plan.pupils {
            let cycles = 1
                + u8::from(one_of(n, plan.pupils, plan.second_cycles))
                + u8::from(third(n, plan.pupils, plan.second_cycles, plan.third_cycles));
            pupil.scores[0] = Some(cycle);
            for later in 1..usize::from(cycles) {
                pupil.scores[later] = Some(scores(&mut rng));
            }
            pupil.current_cycle = Some(cycles);
            pupil.completed = Some(completed);
            if one_of(n, plan.pupils, plan.comments) {
                write_comment(&mut rng, &mut pupil, n);
            }
        } else if n < plan.pupils + plan.without_email {
            pupil.email = None;
            pupil.scores[0] = Some(cycle);
            pupil.current_cycle = Some(1);
            pupil.completed = Some(completed);
        }
        pupils.push(pupil);
    }
    let answers = invented_answers::invented(seed, &pupils);
    School {
        is_australian: Some(plan.australian_year),
        use_standard_year: Some(!plan.australian_year),
        width: Width::Realistic,
        ..School::new(plan.knack_id, plan.name)
            .with_pupils(pupils)
            .with_answers(answers)
    }
}

/// Someone without scores, date and comments.
fn someone(rng: &mut ChaCha8Rng, n: usize, domain: &str) -> Pupil {
    let (first, first_letters) = names::FIRST[rng.random_range(0..names::FIRST.len())];
    let (last, last_letters) = names::LAST[rng.random_range(0..names::LAST.len())];
    let year_group = ["12", "13"][rng.random_range(0..2)];
    let (course, faculty) = SUBJECTS[rng.random_range(0..SUBJECTS.len())];
    Pupil {
        email: Some(format!("{first_letters}.{last_letters}{n}@{domain}")),
        name: Name {
            first: first.to_owned(),
            last: last.to_owned(),
            ..Name::default()
        },
        year_group: Some(year_group.to_owned()),
        group: Some(format!(
            "{year_group}{}",
            ["A", "B", "C", "D", "E"][rng.random_range(0..5)]
        )),
        course: Some(course.to_owned()),
        faculty: Some(faculty.to_owned()),
        gender: [Some("Female"), Some("Male"), None][rng.random_range(0..3)].map(str::to_owned),
        score_form: [
            ScoreForm::Number,
            ScoreForm::Number,
            ScoreForm::Text,
            ScoreForm::Decimal,
        ][n % 4],
        ..Pupil::new(0).unscored()
    }
}

fn scores(rng: &mut ChaCha8Rng) -> Cycle {
    let five: [i64; 5] = std::array::from_fn(|_| rng.random_range(1..=10));
    let overall = (five.iter().sum::<i64>() + 2) / 5;
    [
        Some(five[0]),
        Some(five[1]),
        Some(five[2]),
        Some(five[3]),
        Some(five[4]),
        Some(overall),
    ]
}

fn write_comment(rng: &mut ChaCha8Rng, pupil: &mut Pupil, n: usize) {
    let text = COMMENTS[rng.random_range(0..COMMENTS.len())];
    let comments = if n.is_multiple_of(2) {
        &mut pupil.rrc
    } else {
        &mut pupil.goal
    };
    comments[0] = Some(format!("<p>{text}</p>"));
}

/// Whether `n` is one of `chosen` numbers spread evenly over `0..all`.
fn one_of(n: usize, all: usize, chosen: usize) -> bool {
    n * chosen / all != (n + 1) * chosen / all
}

/// The same of a third cycle, which only those with a second one can have.
fn third(n: usize, all: usize, second: usize, third: usize) -> bool {
    one_of(n, all, second) && one_of(n * second / all, second, third)
}

const SUBJECTS: [(&str, &str); 6] = [
    ("A Level Biology", "Sciences"),
    ("A Level History", "Humanities"),
    ("BTEC Sport", "Vocational"),
    ("A Level Mathematics", "Mathematics"),
    ("T Level Digital", "Vocational"),
    ("A Level Français", "Languages"),
];

const COMMENTS: [&str; 6] = [
    "I will plan my week on Sunday evening.",
    "I leave revision too late &amp; want to start <strong>earlier</strong>.",
    "Ask for help when I don&#39;t understand.<br />Use the library on Tuesdays.",
    "My organisation is better than last year.",
    "Past papers, twice a week – with a timer.",
    "I want to keep going when a task is hard.",
];
