//! What the page is told about signing in, before anyone has.

use e2e::{Stage, token_line};
use sandbox::knack::STAFF_VIEW;
use serde_json::json;

const KNACK: &str = "https://school.knack.example";

#[tokio::test]
async fn the_page_learns_what_people_can_show_and_where_those_of_knack_find_their_dashboard() {
    let stage = Stage::with_pupils([]).await;
    let line = token_line("vsr_x", "all", "somebody");
    for (auth, ways, dashboards) in [
        ("none", json!([]), json!([])),
        ("token", json!(["token"]), json!([])),
        ("knack-token", json!(["knack-token"]), json!([KNACK])),
        (
            "token,knack-token",
            json!(["token", "knack-token"]),
            json!([KNACK]),
        ),
    ] {
        let builder = stage.launcher().tokens(&line).env("LAUNCHER_AUTH", auth);
        let launcher = builder
            .env("KNACK_STAFF_VIEW", STAFF_VIEW)
            .env("LAUNCHER_CORS_ORIGINS", KNACK)
            .start()
            .await;

        let answer = launcher.nobody().get("/config.json").await;

        let told = json!({ "signIn": ways, "dashboards": dashboards });
        assert_eq!(*answer.expect_status(200), told, "{auth}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}
