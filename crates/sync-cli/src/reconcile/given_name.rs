//! Whether two names are certainly two people's: brother and sister share an e-mail, and nothing else tells their records
//! apart. Pure.
//!
//! Given names are compared, since a surname changes and a family shares it. Where it is not certain, it is one person.

/// Forms of address, which are nobody's name.
const TITLES: [&str; 8] = ["mr", "mrs", "ms", "miss", "mx", "dr", "master", "prof"];

/// Vowels that one name is written with in one country and the same name in another.
const EXCHANGED_VOWELS: [(char, char); 4] = [('a', 'e'), ('e', 'i'), ('e', 'u'), ('o', 'u')];

/// Names shorter than this are compared to the letter.
const SHORTEST_RESPELLED: usize = 4;

/// From here on one slip of the pen is one, and not another name.
const SHORTEST_MISSPELLED: usize = 7;

/// A name as it is compared.
struct Name {
    /// In plain letters, lower case.
    parts: Vec<String>,
    /// Those that are not the surname.
    given: Vec<String>,
}

/// Whether these are the names of two people. A name that is not known is nobody else's.
pub(crate) fn are_of_two_people(one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (Name::read(one), Name::read(other)) else {
        return false;
    };
    !one.is_in_other_order(&other) && !covers(&one.given, &other.given)
}

/// Whether this is a name at all.
pub(super) fn is_known(name: &str) -> bool {
    Name::read(name).is_some()
}

impl Name {
    fn read(name: &str) -> Option<Self> {
        // An address stands where no name was entered.
        if name.contains('@') {
            return None;
        }
        let (surname, given) = match name.split_once(',') {
            Some((surname, given)) => (parts_of(surname), parts_of(given)),
            None => (Vec::new(), parts_of(name)),
        };
        let all = [given.clone(), surname.clone()].concat();
        if all.is_empty() {
            return None;
        }
        let given = if !surname.is_empty() && !given.is_empty() {
            given
        } else if let [given @ .., _] = all.as_slice()
            && !given.is_empty()
        {
            given.to_vec()
        } else {
            all.clone()
        };
        Some(Self { parts: all, given })
    }

    /// Whether all of one name is in the other, in whatever order. At least one part must be the same to the letter: two
    /// beginnings of each other's surnames are no likeness.
    fn is_in_other_order(&self, other: &Self) -> bool {
        let is_shared = |part: &String| other.parts.contains(part);
        self.parts.iter().any(is_shared) && covers(&self.parts, &other.parts)
    }
}

/// Words are told apart before they are transliterated: a name without blanks in its own script is one.
fn parts_of(name: &str) -> Vec<String> {
    let plain = |word: &str| {
        let mut plain = deunicode::deunicode(word).to_lowercase();
        plain.retain(|c| c.is_ascii_alphanumeric());
        plain
    };
    // What stands within a word is no boundary.
    let is_boundary = |c: char| {
        c.is_whitespace()
            || (c.is_ascii_punctuation() && !"'`".contains(c))
            || "–—·、，".contains(c)
    };
    name.split(is_boundary)
        .map(plain)
        .filter(|part| part.contains(|c: char| c.is_ascii_alphabetic()))
        .filter(|part| !TITLES.contains(&part.as_str()))
        .collect()
}

/// Whether each part of one has its like in the other. What is equal is paired first.
fn covers(one: &[String], other: &[String]) -> bool {
    let (mut one, mut other) = (one.to_vec(), other.to_vec());
    pair_off(&mut one, &mut other, |a, b| a == b);
    pair_off(&mut one, &mut other, is_like);
    one.is_empty() || other.is_empty()
}

fn pair_off(one: &mut Vec<String>, other: &mut Vec<String>, is_pair: fn(&str, &str) -> bool) {
    one.retain(|part| {
        let found = other.iter().position(|candidate| is_pair(part, candidate));
        if let Some(index) = found {
            other.remove(index);
        }
        found.is_none()
    });
}

/// The beginning of the other, as an initial and many a short form is, or the other spelled differently.
fn is_like(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one) || is_respelled(one, other)
}

fn is_respelled(one: &str, other: &str) -> bool {
    let letters = |part: &str| -> Vec<char> { part.chars().collect() };
    let (heard, other_heard) = (as_heard(one), as_heard(other));
    heard == other_heard
        || is_transliterated(&heard, &other_heard)
        || is_misspelled(&heard, &other_heard)
        || is_misspelled(&letters(one), &letters(other))
}

/// The same name as different languages and schools spell it: Mohammed and Muhammad, Yusuf and Yousef. Brothers' names may
/// differ by as little at their beginning and their end, as Jayden's and Kayden's do, and Mario's and Maria's.
fn is_transliterated(one: &[char], other: &[char]) -> bool {
    if one.len() != other.len() || one.len() < SHORTEST_RESPELLED {
        return false;
    }
    let most = if one.len() < 6 { 1 } else { 2 };
    let last = one.len() - 1;
    let mut exchanged = 0;
    for (index, (a, b)) in one.iter().zip(other).enumerate() {
        if a == b {
            continue;
        }
        let is_exchange = match index {
            0 => is_pair_of(*a, *b, &[('o', 'u')]),
            index if index == last => false,
            _ => is_pair_of(*a, *b, &EXCHANGED_VOWELS) || is_pair_of(*a, *b, &[('f', 'v')]),
        };
        if !is_exchange {
            return false;
        }
        exchanged += 1;
    }
    exchanged <= most
}

/// One slip within a long name: another vowel, a vowel too many, two letters exchanged.
fn is_misspelled(one: &[char], other: &[char]) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if short.len() < SHORTEST_MISSPELLED || short.first() != long.first() {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short_rest, long_rest) = (&short[same..], &long[same..]);
    match (short_rest, long_rest) {
        ([a, rest @ ..], [b, other_rest @ ..])
            if !rest.is_empty() && rest == other_rest && is_vowel(*a) && is_vowel(*b) =>
        {
            true
        }
        ([a, b, rest @ ..], [c, d, other_rest @ ..]) if a == d && b == c && rest == other_rest => {
            true
        }
        (rest, [extra, other_rest @ ..]) => {
            !rest.is_empty() && rest == other_rest && is_vowel(*extra)
        }
        (_, []) => false,
    }
}

fn is_pair_of(a: char, b: char, pairs: &[(char, char)]) -> bool {
    pairs.contains(&(a, b)) || pairs.contains(&(b, a))
}

fn is_vowel(c: char) -> bool {
    "aeiou".contains(c)
}

/// A part without the differences that nobody hears: Catherine and Katherine, John and Jon, Sophia and Sofia.
fn as_heard(part: &str) -> Vec<char> {
    let mut heard = part.to_owned();
    for (written, sound) in [
        ("ph", "f"),
        ("ck", "k"),
        ("c", "k"),
        ("q", "k"),
        ("x", "ks"),
        ("y", "i"),
        ("w", "v"),
        ("z", "s"),
        ("ee", "i"),
        ("oo", "u"),
        ("ou", "u"),
        ("ae", "a"),
        ("oe", "o"),
        ("ue", "u"),
    ] {
        heard = heard.replace(written, sound);
    }
    let mut chars: Vec<char> = heard.chars().take(1).collect();
    chars.extend(heard.chars().skip(1).filter(|c| *c != 'h'));
    chars.dedup();
    chars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn expect(two_people: bool, pairs: &[(&str, &str)]) {
        for (one, other) in pairs {
            for (one, other) in [(one, other), (other, one)] {
                assert_eq!(
                    are_of_two_people(one, other),
                    two_people,
                    "{one:?} {other:?}"
                );
            }
        }
    }

    #[test]
    fn brothers_and_sisters_are_two_people() {
        expect(
            true,
            &[
                ("Ann Other", "Ben Other"),
                ("Ann", "Ben"),
                ("Ann Other", "Ben Smith"),
                ("ANN OTHER", "ben other"),
                ("Other, Ann", "Ben Other"),
                ("Other, Ann", "Other, Ben"),
                ("Other Ann", "Ben Other"),
                ("Miss Ann Other", "Miss Beth Other"),
                ("A Other", "Ben Other"),
                ("Mary Ann Other", "Mary Jane Other"),
                ("Mary-Ann Other", "Mary-Jane Other"),
                ("Muhammad Ali Khan", "Muhammad Omar Khan"),
                ("Ann Garcia Lopez", "Ben Garcia Lopez"),
                ("Garcia Lopez, Ann", "Ben Garcia Lopez"),
                ("Jan van der Berg", "Piet van der Berg"),
                ("Ben Johnson", "John Benson"),
                ("Zoë O'Neil", "Chloë O'Neil"),
                ("李娜", "李明"),
                ("Иван Петров", "Олег Петров"),
                // Pairs that twins are called, and names that differ by little.
                ("Hassan Ali", "Hussein Ali"),
                ("Muhammad Ali", "Mahmoud Ali"),
                ("Jayden Other", "Kayden Other"),
                ("Mario Rossi", "Maria Rossi"),
                ("Julio Rossi", "Julia Rossi"),
                ("Tim Other", "Tom Other"),
                ("Ben Other", "Ken Other"),
                ("Jan Other", "Ian Other"),
                ("Jack Other", "Jill Other"),
                ("Oliver Other", "Olivia Other"),
                ("Alan Other", "Ellen Other"),
                ("Karim Aziz", "Karam Aziz"),
                ("Jamil Aziz", "Jamal Aziz"),
                ("Andrew Other", "Andrea Other"),
                ("Alexander Other", "Alexandra Other"),
                ("Georgia Other", "Georgina Other"),
                ("Martin Other", "Marvin Other"),
                ("Bill Other", "William Other"),
            ],
        );
    }

    #[test]
    fn one_persons_name_written_in_another_way_is_one_person() {
        expect(
            false,
            &[
                ("Ann Other", "Ann Other"),
                ("Ann Other", "ann OTHER"),
                ("Ann Other", "  Ann   Other "),
                ("Ann Other", "Other Ann"),
                ("Ann Other", "Other, Ann"),
                ("Other, Ann", "Other, Ann Mary"),
                ("Ann Other", "Ann Smith"),
                ("Ann Other", "Ann Other-Smith"),
                ("Ann Other", "Ann"),
                ("Ann Other", "Other"),
                ("Ann Other", "Miss Ann Other"),
                ("Ann Other", "A Other"),
                ("Ann Other", "A. Other"),
                ("Other, A.", "Ann Other"),
                ("Ann Beth Other", "A.B. Other"),
                ("Mary Ann Other", "Mary Other"),
                ("Mary Ann Other", "Ann Other"),
                ("Anne-Marie Other", "Annemarie Other"),
                ("Anne-Marie Other", "Anne Marie Other"),
                ("Maria Garcia Lopez", "Maria Lopez"),
                ("Maria Garcia Lopez", "Maria Garcia"),
                ("Garcia Lopez, Maria", "Maria Garcia Lopez"),
                // The beginning of the other.
                ("Jon Other", "Jonathan Other"),
                ("Sam Other", "Samantha Smith"),
                ("Jonathan (Jon) Other", "Jon Other"),
                ("Elizabeth (Liz) Other", "Liz Other"),
                // Accents and other letters.
                ("Zoë Żółć", "Zoe Zolc"),
                ("José Ñandú", "Jose Nandu"),
                ("Jürgen Groß", "Juergen Gross"),
                ("Siân O’Neil", "Sian O'Neil"),
                ("Иван Петров", "Ivan Petrov"),
                ("Ann\u{200b} Other", "Ann Other"),
                // Spellings of one name.
                ("Muhammad Ali", "Mohammed Ali"),
                ("Mohamed Ali", "Muhammad Ali"),
                ("Mohammad Ali", "Muhammed Ali"),
                ("Ahmed Ali", "Ahmad Ali"),
                ("Yusuf Ali", "Yousef Ali"),
                ("Omar Ali", "Umar Ali"),
                ("Kareem Ali", "Karim Ali"),
                ("Catherine Other", "Katherine Other"),
                ("Jon Other", "John Other"),
                ("Sophia Other", "Sofia Other"),
                ("Stephen Other", "Steven Other"),
                ("Alexander Other", "Aleksandr Other"),
                ("Jonathan Other", "Jonathon Other"),
                ("Michael Other", "Micheal Other"),
                ("Aidan Other", "Aiden Other"),
                ("Bryan Other", "Brian Other"),
            ],
        );
    }

    #[test]
    fn a_name_that_is_not_known_is_nobody_elses() {
        expect(
            false,
            &[
                ("", "Ben Other"),
                ("", ""),
                ("  ", "Ben Other"),
                ("-", "Ben Other"),
                (",", "Ben Other"),
                ("Mr", "Ben Other"),
                ("123", "Ben Other"),
                ("ann@x.test", "Ben Other"),
            ],
        );
    }
}
