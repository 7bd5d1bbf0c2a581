//! `If-Match`: nothing here has an entity tag, so what is made depend on one is not done.

use e2e::Stage;
use reqwest::Method;
use sandbox::knack::{Fault, Kind, KnackRule};

use super::Untouched;

#[tokio::test]
async fn a_refresh_that_depends_on_an_entity_tag_is_not_started() {
    let world = Untouched::new().await;
    for tag in ["\"canary\"", "W/\"canary\"", "*", ""] {
        let request = world.launcher.refresh_request(&world.stage.knack_id);
        let answer = world.launcher.send(request.header("If-Match", tag)).await;
        answer.expect_problem(412, "precondition_failed");
        assert_eq!(answer.body["retryable"], false);
    }
    world.check(&["canary"]).await;
}

#[tokio::test]
async fn a_run_is_not_stopped_for_an_entity_tag_and_is_for_any() {
    let stage = Stage::with_class(1).await;
    let hang = KnackRule::new(Fault::Hang).on(Kind::Page);
    stage.knack.inject(hang);
    let launcher = stage.launcher().start().await;
    let run = launcher.start_refresh(&stage.knack_id).await;
    let stop = |tag| {
        let request = launcher.request(Method::DELETE, &run);
        launcher.send(request.header("If-Match", tag))
    };

    stop("\"tag\"")
        .await
        .expect_problem(412, "precondition_failed");

    let told = launcher.get(&run).await;
    assert_eq!(told.expect_status(200)["state"], "running");
    stop("*").await.expect_status(202);
    launcher.run_in_state(&run, &["cancelled"]).await;
}
