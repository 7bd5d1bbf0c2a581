//! A school of which some rows are out of date, and what must hold of it after any fault.

use std::collections::BTreeMap;

use e2e::{Refresh, Stage};
use sandbox::data::Pupil;
use serde_json::Value;

/// Rows by their table and key.
type Rows = BTreeMap<String, Value>;

/// A school before its refresh: stored as it was, and changed in Knack since.
pub(super) struct Scene {
    pub(super) stage: Stage,
    old: Rows,
    new: Rows,
}

impl Scene {
    /// Eight pupils: two as they were, four of whom something has changed, and two new ones.
    pub(super) async fn set() -> Self {
        let stage = Stage::with_pupils([]).await;
        let (old, new): (Vec<Pupil>, Vec<Pupil>) = pupils(&stage);
        for pupil in &old {
            stage.store_nightly(pupil).await;
        }
        for pupil in &new {
            stage.put(pupil);
        }
        let expected = |pupil: &Pupil| {
            let students = vec![stage.student_row(pupil)];
            [students, stage.score_rows(pupil), stage.comment_rows(pupil)]
        };
        let new = new
            .iter()
            .map(expected)
            .map(keyed)
            .fold(Rows::new(), joined);
        let old = rows(&stage).await;
        assert!(old.iter().any(|(key, row)| new.get(key) != Some(row)));
        Self { stage, old, new }
    }

    /// A refresh that gives up early on what does not answer.
    pub(super) fn refresh(&self) -> Refresh {
        let refresh = self.stage.refresh().args(["--timeout", "30"]);
        refresh
            .env("KNACK_TIMEOUT_SECONDS", "1")
            .env("SUPABASE_TIMEOUT_SECONDS", "1")
    }

    /// Asserts that every row is as it was or as it should become, none has gone, and nothing else has come.
    pub(super) async fn assert_old_or_new(&self, fault: &str) {
        let rows = rows(&self.stage).await;
        for (key, row) in &rows {
            let is_expected = [self.old.get(key), self.new.get(key)].contains(&Some(row));
            assert!(is_expected, "{fault}: {key} is neither old nor new: {row}");
        }
        let gone: Vec<&String> = self
            .old
            .keys()
            .filter(|key| !rows.contains_key(*key))
            .collect();
        assert!(gone.is_empty(), "{fault}: {gone:?} have gone");
    }

    /// Asserts the same, and that a plain refresh without faults then makes every row Knack's.
    pub(super) async fn assert_heals(&self, fault: &str) {
        self.assert_old_or_new(fault).await;
        self.stage.knack.clear_faults();
        self.stage.proxy.clear();
        let run = self.stage.run().await;
        assert_eq!(run.code, Some(0), "{fault}: {run:?}");
        assert_eq!(rows(&self.stage).await, self.new, "{fault}");
    }
}

/// How the pupils were stored, and how Knack holds them.
fn pupils(stage: &Stage) -> (Vec<Pupil>, Vec<Pupil>) {
    let mut old: Vec<Pupil> = (1..=6).map(|n| stage.pupil(n)).collect();
    old[3].goal[0] = Some("Read more".to_owned());
    let mut new = old.clone();
    new[1] = new[1].clone().scored(1, [1, 2, 3, 4, 5, 3]);
    new[2] = new[2].clone().named("Ann", "Other");
    new[3].goal[0] = Some("Write more".to_owned());
    new[4] = new[4].clone().scored(2, [9, 8, 7, 6, 5, 7]);
    new.extend((7..=8).map(|n| stage.pupil(n)));
    (old, new)
}

async fn rows(stage: &Stage) -> Rows {
    keyed([
        stage.students().await,
        stage.scores().await,
        stage.comments().await,
    ])
}

fn keyed(tables: [Vec<Value>; 3]) -> Rows {
    let mut keyed = Rows::new();
    for (table, rows) in ["student", "scores", "comment"].into_iter().zip(tables) {
        for row in rows {
            let key = format!(
                "{table} {} {} {}",
                row["email"], row["cycle"], row["comment_type"]
            );
            assert!(
                keyed.insert(key.clone(), row).is_none(),
                "two rows of {key}"
            );
        }
    }
    keyed
}

fn joined(mut rows: Rows, more: Rows) -> Rows {
    rows.extend(more);
    rows
}
