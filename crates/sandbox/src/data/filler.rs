//! The fields of a record that nobody here reads, which make up most of its 25 KB (a result) or more than half of its
//! 11.5 KB (answers) in the real app.
//!
//! They are made once and shared by all records: sixteen variants, so that pages do not repeat themselves at once.

use std::{fmt::Write as _, sync::LazyLock};

use bytes::Bytes;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::{
    Width,
    schema::{Field, FieldType},
};

/// The end of a record's JSON: `,"field_N":…}`, that is, all but the comma's left side.
#[derive(Debug, Clone)]
pub(crate) struct Filler {
    /// With display and `_raw` forms.
    pub(crate) both: Bytes,
    /// With raw values under the plain keys, as `format=raw` asks.
    pub(crate) raw: Bytes,
}

/// The fields of an object that nobody here reads.
#[derive(Debug)]
pub(crate) struct Unread {
    first_field: u32,
    kinds: fn(u32) -> Option<FieldType>,
    filled: LazyLock<Vec<Filler>, fn() -> Vec<Filler>>,
    blank: LazyLock<Filler, fn() -> Filler>,
}

const VARIANTS: u64 = 16;

/// Those of `object_10`: mostly numbers (answers to questions), some long texts (reports).
pub(crate) static RESULTS: Unread = Unread {
    first_field: 4000,
    kinds: |n| match (n, n % 6) {
        (150.., _) => None,
        (_, 0..=3) => Some(FieldType::Number),
        (_, 4) => Some(FieldType::ShortText),
        (_, _) => Some(FieldType::ParagraphText),
    },
    filled: LazyLock::new(|| RESULTS.all_filled()),
    blank: LazyLock::new(|| RESULTS.all_blank()),
};

/// Those of `object_29`. The first 96 are the fields under which `object_120` keeps figures of the same statements, and
/// which the dashboard's other mapping names; assumed: `object_29` has them too. Whoever reads them reads nonsense.
pub(crate) static ANSWERS: Unread = Unread {
    first_field: 3309,
    kinds: |n| match n {
        0..=95 => Some(FieldType::Number),
        96..=100 => Some(FieldType::ParagraphText),
        _ => None,
    },
    filled: LazyLock::new(|| ANSWERS.all_filled()),
    blank: LazyLock::new(|| ANSWERS.all_blank()),
};

impl Filler {
    /// No fields at all.
    pub(crate) fn none() -> Self {
        Self {
            both: Bytes::from_static(b"}"),
            raw: Bytes::from_static(b"}"),
        }
    }
}

impl Unread {
    /// The filler of the `n`th record.
    pub(crate) fn of(&self, width: Width, n: usize) -> Filler {
        match width {
            Width::Realistic => self.filled[n % self.filled.len()].clone(),
            Width::Narrow => self.blank.clone(),
        }
    }

    /// The fields, as the builder would list them.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field> {
        self.numbered().map(|(n, key, kind)| Field {
            key,
            name: format!("Item {}", n + 1),
            kind,
            format: None,
        })
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, String, FieldType)> {
        (0..).map_while(|n| {
            let kind = (self.kinds)(n)?;
            Some((n, format!("field_{}", self.first_field + n), kind))
        })
    }

    fn all_filled(&self) -> Vec<Filler> {
        (0..VARIANTS).map(|seed| self.filled(seed)).collect()
    }

    fn filled(&self, seed: u64) -> Filler {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut both, mut raw) = (String::new(), String::new());
        for (_, key, kind) in self.numbered() {
            let (shown, kept) = match kind {
                FieldType::Number => {
                    let answer = json!(rng.random_range(1..=5));
                    (answer.clone(), answer)
                }
                FieldType::ParagraphText => {
                    let kept = format!("{}\n{}", sentence(&mut rng, 22), sentence(&mut rng, 19));
                    (json!(kept.replace('\n', "<br />")), json!(kept))
                }
                _ => {
                    let text = json!(sentence(&mut rng, 4));
                    (text.clone(), text)
                }
            };
            write!(both, r#","{key}":{shown},"{key}_raw":{kept}"#)
                .expect("writing to a string does not fail");
            write!(raw, r#","{key}":{kept}"#).expect("writing to a string does not fail");
        }
        finish(both, raw)
    }

    fn all_blank(&self) -> Filler {
        let mut text = String::new();
        for (_, key, _) in self.numbered() {
            write!(text, r#","{key}":"""#).expect("writing to a string does not fail");
        }
        finish(text.clone(), text)
    }
}

fn finish(mut both: String, mut raw: String) -> Filler {
    both.push('}');
    raw.push('}');
    Filler {
        both: both.into(),
        raw: raw.into(),
    }
}

fn sentence(rng: &mut ChaCha8Rng, words: usize) -> String {
    let words: Vec<&str> = (0..words)
        .map(|_| WORDS[rng.random_range(0..WORDS.len())])
        .collect();
    words.join(" ")
}

const WORDS: [&str; 24] = [
    "practice", "lesson", "garden", "window", "steady", "question", "pencil", "harbour", "quiet",
    "revision", "morning", "subject", "notebook", "because", "improve", "together", "weekly",
    "planning", "library", "answer", "effort", "mountain", "evening", "progress",
];
