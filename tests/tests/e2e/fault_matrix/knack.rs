//! Faults of Knack's, at the first page and at all of them.

use std::time::Duration;

use futures_util::future::join_all;
use sandbox::knack::{Fault, Kind, KnackRule};

use super::Scene;

fn status(code: u16) -> Fault {
    Fault::Status {
        code,
        body: "it failed".to_owned(),
    }
}

fn every_fault() -> Vec<Fault> {
    vec![
        Fault::TooManyRequests,
        Fault::DailyCapReached,
        status(500),
        status(502),
        status(503),
        status(401),
        status(403),
        Fault::Html,
        Fault::Truncated200,
        Fault::CutBody,
        Fault::Reset,
        Fault::Hang,
        Fault::SlowBody,
        Fault::Redirect("http://127.0.0.1:1/".to_owned()),
        Fault::IgnoreFilter,
        Fault::ShortPage { missing: 3 },
        Fault::OverstateTotal { by: 5 },
        Fault::RemoveRecordAfterPage,
        Fault::Written {
            records: Vec::new(),
            json: "{}".to_owned(),
        },
        Fault::Delay(Duration::from_secs(2)),
    ]
}

#[tokio::test]
async fn whatever_knack_answers_once_or_always_rows_are_old_or_new_and_a_plain_run_heals() {
    let scenes = every_fault().into_iter().flat_map(|fault| {
        let always = KnackRule::new(fault).on(Kind::Page);
        [always.clone().once(), always.clone().from_nth(2), always]
    });
    let scenes: Vec<KnackRule> = scenes.collect();
    for some in scenes.chunks(10) {
        join_all(some.iter().map(async |rule| {
            let scene = Scene::set().await;
            // Several pages, so that some can be good.
            let refresh = scene.refresh().args(["--rows-per-page", "3"]);
            scene.stage.knack.inject(rule.clone());

            refresh.run().await;

            if rule.fault == Fault::RemoveRecordAfterPage {
                // What it has taken out of Knack is gone for good.
                return scene.assert_old_or_new(&format!("{rule:?}")).await;
            }
            scene.assert_heals(&format!("{rule:?}")).await;
        }))
        .await;
    }
}
