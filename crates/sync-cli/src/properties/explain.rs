//! Whatever both sides hold, an explanation says what a refresh then does.

use dashboard::{School, SchoolYear};
use proptest::prelude::*;
use serde_json::json;
use sync_protocol::{Calendar, ExplainOutcome, FactCode, KnackRecordId, WarningCode};
use uuid::Uuid;

use super::reconcile::{TODAY, row_seeds, stored, student_seeds, students};
use crate::changed_rows::{ChangedRows, Values};
use crate::explain::{Evidence, Question, Subject, Traced, explain};
use crate::findings::Findings;
use crate::ledger::Ledger;
use crate::reconcile::{Context, KnownAnswers, Leftovers, reconcile, tell_apart};
use crate::save::count_changes;

fn school_year() -> SchoolYear {
    SchoolYear {
        school: School {
            id: Uuid::nil(),
            knack_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            name: "Example School".to_owned(),
            calendar: Calendar::AugustToJuly,
        },
        year: "2026/2027".parse().unwrap(),
    }
}

proptest! {
    #[test]
    fn an_explanation_says_what_a_refresh_then_does(seeds in student_seeds(), rows in row_seeds()) {
        let (students, stored) = (students(seeds), stored(rows));
        let records: Vec<KnackRecordId> = students.iter().map(|it| it.record_id).collect();
        let mut ledger = Ledger::new(Uuid::nil());
        let findings = &mut ledger.findings;
        let (students, whose) = tell_apart(students, [], &stored, findings);
        let (leftovers, answers) = (Leftovers::default(), KnownAnswers::default());
        let context = Context {
            leftovers: &leftovers,
            whose: &whose,
            answers: Some(&answers),
            today: TODAY,
            kept: crate::domain::StudentColumns::default(),
        };
        let plan = reconcile(students, &stored, context, findings);
        let (of, traced) = (school_year(), Traced::default());
        let evidence = Evidence {
            of: &of,
            plan: &plan,
            answers: None,
            context,
            traced: &traced,
            stored: &stored,
        };
        let explained: Vec<_> = records
            .iter()
            .map(|record| {
                let subject = Subject::find(&Question::Record(*record), evidence);
                (*record, explain(evidence, &subject, None))
            })
            .collect();

        let changed = ChangedRows::default();
        count_changes(plan, None, context, Some(&changed), &mut ledger);

        let report = changed.report(Values::Shown);
        let inserted = explained.iter().filter(|(_, it)| it.outcome == ExplainOutcome::Inserted);
        prop_assert_eq!(inserted.count() as u64, ledger.changes.students.inserted);
        let is_named = |findings: &Findings, code, record| {
            let warnings = findings.warnings().into_iter();
            warnings.filter(|it| it.code == code).any(|it| it.record_ids.contains(&record))
        };
        for (record, explanation) in explained {
            let entries = report.entries.iter().filter(|it| it.record_id == record);
            prop_assert_eq!(&explanation.changes, &entries.cloned().collect::<Vec<_>>());
            let skipped = ledger.findings.skipped();
            let skipped = skipped.iter().find(|it| it.record_ids.contains(&record));
            let is_skipped = explanation.outcome == ExplainOutcome::Skipped;
            prop_assert_eq!(is_skipped, skipped.is_some());
            if let Some(skipped) = skipped {
                prop_assert_eq!(json!(explanation.verdict), json!(skipped.reason));
            }
            for (code, fact) in [
                (WarningCode::KeptNewer, FactCode::ScoresKeptNewer),
                (WarningCode::RecordReused, FactCode::OldRowLeft),
                (WarningCode::TwinRows, FactCode::TwinRow),
                (WarningCode::DuplicateEmail, FactCode::HasDouble),
            ] {
                let is_said = explanation.facts.iter().any(|it| it.code == fact);
                prop_assert_eq!(is_said, is_named(&ledger.findings, code, record), "{:?}", code);
            }
        }
    }
}
