//! As many schools as one likes, so that a list of schools can be as long as it is for those who see all of them. Each has a
//! few pupils. Some have one name, and some names are written from right to left.

use jiff::civil::Date;

use super::{Pupil, School, year};

const PLACES: [&str; 16] = [
    "Ash Vale",
    "Beck Side",
    "Cold Spring",
    "Dove Dale",
    "Elm Grove",
    "Fern Bank",
    "Gorse Hill",
    "Heath Top",
    "Ivy Lane",
    "Juniper Fold",
    "Kiln Wood",
    "Larch Field",
    "Moss End",
    "Nettle Edge",
    "Oat Mill",
    "Pine Reach",
];
const KINDS: [&str; 9] = [
    "Academy",
    "School",
    "High School",
    "Sixth Form",
    "College",
    "Grammar School",
    "Girls' School",
    "Boys' School",
    "Community College",
];
/// "The Light School", "The Hope Academy".
const RIGHT_TO_LEFT: [&str; 2] = ["مدرسة النور", "أكاديمية الأمل"];
/// One in so many is named as the one before it.
const NAMED_ALIKE: u64 = 20;
const PUPILS: u64 = 3;

/// The first `count` of them; always the same ones within an academic year.
pub fn more_schools(today: Date, count: usize) -> Vec<School> {
    (0_u64..).take(count).map(|n| school(today, n)).collect()
}

fn school(today: Date, n: u64) -> School {
    let pupils = (0..PUPILS).map(|pupil| {
        let number = 1_000_000 + n * PUPILS + pupil;
        Pupil::new(number).completed(year::nth_day(today, false, 30))
    });
    School::new(&format!("5f1a20c4e7b3d9001d{n:06x}"), &name(n)).with_pupils(pupils)
}

fn name(n: u64) -> String {
    let n = if n % NAMED_ALIKE == NAMED_ALIKE - 1 {
        n - 1
    } else {
        n
    };
    let nth = |names: &[&'static str], n: u64| {
        let index = usize::try_from(n % names.len() as u64).expect("it is below the length");
        names[index]
    };
    if n % 50 == 7 {
        return nth(&RIGHT_TO_LEFT, n / 50).to_owned();
    }
    let place = nth(&PLACES, n);
    format!("{place} {}", nth(&KINDS, n / PLACES.len() as u64))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_hundred_schools_have_ids_of_their_own_and_some_share_a_name() {
        let schools = more_schools(date(2026, 11, 26), 128);
        let ids: HashSet<_> = schools.iter().map(|school| &school.knack_id).collect();
        let names: HashSet<_> = schools.iter().map(|school| &school.name).collect();
        assert_eq!((schools.len(), ids.len()), (128, 128));
        assert!(schools.iter().all(|school| school.knack_id.len() == 24));
        // Six are named as the one before them, and one is the third from right to left.
        assert_eq!(names.len(), 128 - 7);
        assert!(schools.iter().all(|school| school.pupils.len() == 3));
    }
}
