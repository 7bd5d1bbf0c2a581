//! A record that cannot be read, whether it is a student's or a record of answers, is explained by that.

use e2e::{Stage, sheet_of};
use sandbox::data::{ANSWERS, PUPILS, record_id};
use sandbox::knack::{Fault, Kind, KnackRule};
use sync_protocol::{ExplainVerdict as V, FactCode as F};

use super::{expect, explain};

const MB: u64 = 1024 * 1024;

fn unreadable(object: &str, record: &str) -> KnackRule {
    let fault = Fault::Written {
        records: vec![record.to_owned()],
        json: format!(r#"{{"id":"{record}","field_133_raw":1e999,"field_1821_raw":1e999}}"#),
    };
    KnackRule::new(fault).on(Kind::Page).object(object)
}

fn too_large(object: &str, record: &str) -> KnackRule {
    let fault = Fault::PastedImages {
        records: vec![record.to_owned()],
        bytes: 70 * MB,
    };
    // The last request for it is for one row to a page, as a count is.
    KnackRule::new(fault).object(object)
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_explained_by_that() {
    for (rule, verdict, fact) in [
        (
            unreadable as fn(&str, &str) -> KnackRule,
            V::RecordUnreadable,
            F::RecordUnreadable,
        ),
        (too_large, V::RecordTooLarge, F::RecordTooLarge),
    ] {
        for (object, asked) in [(PUPILS, record_id(2)), (ANSWERS, sheet_of(&record_id(2)))] {
            let stage = Stage::with_class(3).await;
            stage.admit_answers(1..=3);
            stage.knack.inject(rule(object, &asked));

            let explanation = explain(&stage, &asked).await;

            expect(&explanation, verdict, &[fact]);
            assert_eq!(explanation.name, None, "{explanation:?}");
            if object == PUPILS {
                let by_email = explain(&stage, &stage.email("p002")).await;
                expect(&by_email, V::NotFound, &[F::SomeUnread]);
            }
        }
    }
}

#[tokio::test]
async fn a_record_of_another_year_that_cannot_be_read_is_explained_by_that() {
    let stage = Stage::with_class(3).await;
    let before = stage.year.previous().last_day();
    stage.put(&stage.pupil(4).completed(before));
    stage.knack.inject(unreadable(PUPILS, &record_id(4)));

    let explanation = explain(&stage, &record_id(4)).await;

    expect(&explanation, V::RecordUnreadable, &[F::RecordUnreadable]);
}
