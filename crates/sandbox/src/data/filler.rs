//! The fields of a result record that nobody here reads, which make up most of its 25 KB in the real app.
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

const FIRST_FIELD: u32 = 4000;
const FIELDS: u32 = 150;
const VARIANTS: usize = 16;

static FILLED: LazyLock<Vec<Filler>> = LazyLock::new(|| (0..VARIANTS as u64).map(filled).collect());
static BLANK: LazyLock<Filler> = LazyLock::new(blank);

impl Filler {
    /// The filler of the `n`th record.
    pub(crate) fn of(width: Width, n: usize) -> Self {
        match width {
            Width::Realistic => FILLED[n % VARIANTS].clone(),
            Width::Narrow => BLANK.clone(),
        }
    }

    /// No fields at all.
    pub(crate) fn none() -> Self {
        Self {
            both: Bytes::from_static(b"}"),
            raw: Bytes::from_static(b"}"),
        }
    }
}

/// The filler fields, as the builder would list them.
pub(super) fn fields() -> impl Iterator<Item = Field> {
    (0..FIELDS).map(|n| Field {
        key: key(n),
        name: format!("Item {}", n + 1),
        kind: kind(n),
    })
}

fn key(n: u32) -> String {
    format!("field_{}", FIRST_FIELD + n)
}

/// Mostly numbers (answers to questions), some long texts (reports).
fn kind(n: u32) -> FieldType {
    match n % 6 {
        0..=3 => FieldType::Number,
        4 => FieldType::ShortText,
        _ => FieldType::ParagraphText,
    }
}

fn filled(seed: u64) -> Filler {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut both, mut raw) = (String::new(), String::new());
    for n in 0..FIELDS {
        let (shown, kept) = match kind(n) {
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
        let key = key(n);
        write!(both, r#","{key}":{shown},"{key}_raw":{kept}"#)
            .expect("writing to a string does not fail");
        write!(raw, r#","{key}":{kept}"#).expect("writing to a string does not fail");
    }
    finish(both, raw)
}

fn blank() -> Filler {
    let mut text = String::new();
    for n in 0..FIELDS {
        write!(text, r#","{}":"""#, key(n)).expect("writing to a string does not fail");
    }
    finish(text.clone(), text)
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
