//! Ways to the services: a proxy, or none; the right address.

use e2e::{Gatekeeper, Stage};

use super::assert_refused;

#[tokio::test]
async fn nothing_of_this_machine_is_asked_through_a_proxy() {
    let stage = Stage::with_class(2).await;
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        let proxy = Gatekeeper::start();

        let run = stage.refresh().env(name, proxy.url()).run().await;

        run.expect_code(0);
        assert!(proxy.is_alone(), "{name}");
    }
}

#[tokio::test]
async fn the_world_is_asked_through_the_machines_proxy() {
    let stage = Stage::with_class(1).await;
    for name in ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        let proxy = Gatekeeper::start();
        let refresh = stage.refresh().env(name, proxy.url());

        let _running = refresh
            .env("SUPABASE_URL", "https://project.example")
            .start();

        let asked = proxy.next_line().await;
        assert_eq!(asked, "CONNECT project.example:443 HTTP/1.1", "{name}");
    }
}

#[tokio::test]
async fn an_address_of_knack_without_its_version_is_refused_by_name() {
    let stage = Stage::with_class(1).await;
    let url = stage.knack.origin();
    for url in [url.clone(), format!("{url}/"), format!("{url}/v2")] {
        let refresh = stage.refresh().env("KNACK_API_URL", url);
        assert_refused(refresh, &["KNACK_API_URL must end in /v1"]).await;
    }
    let url = format!("{}/", stage.knack.url());
    stage
        .refresh()
        .env("KNACK_API_URL", url)
        .run()
        .await
        .expect_code(0);
}
