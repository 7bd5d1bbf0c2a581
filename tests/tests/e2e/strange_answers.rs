//! Answers that neither service gives: what a cache, a load balancer, a sign-in page or a stub in front of one says for a while.

use e2e::{Refresh, Stage};
use sandbox::knack::{Fault as OfKnack, Kind, KnackRule};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};
use sync_protocol::ErrorCode;

fn patient(stage: &Stage) -> Refresh {
    stage.refresh().env("SYNC_OUTAGE_PATIENCE_SECONDS", "90")
}

fn answer(code: u16, body: Value) -> Fault {
    Fault::Status {
        code,
        body,
        headers: [].into(),
    }
}

#[tokio::test]
async fn a_page_that_refuses_once_is_asked_for_again_and_believed_the_second_time() {
    for (fault, code, method, table) in [
        (
            Fault::GatewayHtml { code: 302 },
            302,
            "POST",
            "vespa_scores",
        ),
        (Fault::GatewayHtml { code: 307 }, 307, "GET", "students"),
        (
            Fault::GatewayHtml { code: 401 },
            401,
            "POST",
            "vespa_scores",
        ),
        (Fault::Unauthorized, 401, "GET", "students"),
        (
            Fault::GatewayHtml { code: 402 },
            402,
            "POST",
            "vespa_scores",
        ),
    ] {
        let case = format!("{fault:?} on {method} {table}");
        let refuses = ProxyRule::new(fault.clone()).on(method, table);
        let stage = Stage::with_class(3).await;
        let once = refuses.clone().once();
        stage.proxy.inject(once);

        let summary = patient(&stage).run().await.expect_code(0);

        assert!(summary.warnings.is_empty(), "{case}: {summary:?}");
        assert_eq!(stage.row_counts().await, [3, 3, 0], "{case}");

        let stage = Stage::with_class(3).await;
        stage.proxy.inject(refuses);

        let failure = stage
            .run()
            .await
            .expect_failure(7, ErrorCode::SupabaseRefused);

        let told = format!("status {code}");
        assert!(failure.message.contains(&told), "{case}: {failure:?}");
        let saved = if method == "GET" { 0 } else { 3 };
        assert_eq!(stage.row_counts().await, [saved, 0, 0], "{case}");
    }
}

#[tokio::test]
async fn a_list_without_the_marks_of_postgrest_is_asked_for_again() {
    for table in ["establishments", "students"] {
        for body in [json!([]), json!([{"id": "stub"}])] {
            let stage = Stage::with_class(3).await;
            stage.run().await.expect_code(0);
            let stub = ProxyRule::new(answer(200, body.clone())).on("GET", table);
            stage.proxy.inject(stub.once());

            let summary = stage.run().await.expect_code(0);

            assert_eq!(summary.changes.students.unchanged, 3, "{table} {body}");
            assert!(summary.warnings.is_empty(), "{table} {body}: {summary:?}");
        }
    }
}

#[tokio::test]
async fn a_page_too_large_for_once_is_asked_for_again_and_a_word_in_capitals_is_no_code() {
    let abuse = json!({"code": "ABUSE", "message": "slow down"});
    for fault in [
        Fault::GatewayHtml { code: 413 },
        Fault::GatewayHtml { code: 414 },
        Fault::GatewayHtml { code: 431 },
        answer(403, abuse.clone()),
        answer(500, abuse),
    ] {
        let stage = Stage::with_class(3).await;
        let page = ProxyRule::new(fault.clone()).on("GET", "students");
        stage.proxy.inject(page.once());

        let summary = stage.run().await.expect_code(0);

        assert!(summary.warnings.is_empty(), "{fault:?}: {summary:?}");
        assert_eq!(stage.row_counts().await, [3, 3, 0], "{fault:?}");
    }
}

#[tokio::test]
async fn a_cache_that_does_not_look_at_the_query_is_not_read_for_ever() {
    let stage = Stage::with_class(3).await;
    let row = json!({
        "id": "057be50c-9034-5dae-ace4-bac93a257c1e", "establishment_id": null, "knack_id": "x",
        "email": "a@x.test", "name": null, "year_group": null, "course": null, "faculty": null, "group": null,
        "gender": null, "created_at": null, "vespa_scores": [], "student_comments": [],
    });
    let cached = Fault::Status {
        code: 200,
        body: json!([row]),
        headers: [("content-range".to_owned(), "0-0/5".to_owned())].into(),
    };
    stage
        .proxy
        .inject(ProxyRule::new(cached).on("GET", "students"));

    let failure = stage
        .run()
        .await
        .expect_failure(8, ErrorCode::SupabaseUnavailable);

    assert!(
        failure.message.contains("something other than"),
        "{failure:?}"
    );
    let reads = stage.proxy.seen().len() - stage.proxy.writes().len();
    assert!(reads < 10, "{reads} reads");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn one_refusal_of_the_account_or_the_host_beside_good_answers_of_knack_is_waited_out() {
    for code in [302, 307, 401, 402, 403] {
        for object in ["object_10", "object_29"] {
            let stage = Stage::with_class(3).await;
            let refuses = OfKnack::Status {
                code,
                body: "<html></html>".to_owned(),
            };
            let refuses = KnackRule::new(refuses).on(Kind::Page).object(object);
            stage.knack.inject(refuses.once());

            let summary = stage.run().await.expect_code(0);

            assert!(summary.warnings.is_empty(), "{code} {object}: {summary:?}");
            assert_eq!(stage.row_counts().await, [3, 3, 0], "{code} {object}");
        }
    }
}
