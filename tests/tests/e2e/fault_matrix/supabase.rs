//! Faults of Supabase's, while it is read and at every write.

use futures_util::future::join_all;
use sandbox::proxy::{Fault, PostgrestCode, ProxyRule};
use serde_json::json;

use super::Scene;

/// Each of these fails always, and the writes to students and scores once as well.
const CALLS: [(&str, &str); 4] = [
    ("GET", "students"),
    ("POST", "students"),
    ("POST", "vespa_scores"),
    ("POST", "student_comments"),
];

fn postgrest(code: PostgrestCode) -> Fault {
    Fault::Postgrest { code }
}

fn every_fault() -> Vec<Fault> {
    let status = |code, body| Fault::Status {
        code,
        body,
        headers: [].into(),
    };
    vec![
        postgrest(PostgrestCode::UniqueViolation),
        postgrest(PostgrestCode::CheckViolation),
        postgrest(PostgrestCode::QueryCanceled),
        postgrest(PostgrestCode::DeadlockDetected),
        postgrest(PostgrestCode::InsufficientPrivilege),
        status(
            400,
            json!({"code": "42703", "message": "column \"x\" does not exist", "details": null, "hint": null}),
        ),
        status(413, json!("too large")),
        status(503, json!("upstream connect error")),
        Fault::Unauthorized,
        Fault::GatewayHtml { code: 502 },
        Fault::Hang,
        Fault::Reset,
        Fault::Cut,
        Fault::CutAfterWrite,
    ]
}

#[tokio::test]
async fn whatever_supabase_answers_once_or_always_rows_are_old_or_new_and_a_plain_run_heals() {
    let rules = every_fault().into_iter().flat_map(|fault| {
        let rule = move |(method, table)| ProxyRule::new(fault.clone()).on(method, table);
        let once = CALLS[1..3].iter().copied().map(rule.clone());
        CALLS.into_iter().map(rule).chain(once.map(ProxyRule::once))
    });
    let rules: Vec<ProxyRule> = rules.collect();
    for some in rules.chunks(12) {
        join_all(some.iter().map(async |rule| {
            let scene = Scene::set().await;
            scene.stage.proxy.inject(rule.clone());

            scene.refresh().run().await;

            scene.assert_heals(&format!("{rule:?}")).await;
        }))
        .await;
    }
}
