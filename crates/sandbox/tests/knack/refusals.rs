//! Headers, limits and what is refused.

use sandbox::knack::Options;

use crate::support::{TODAY, World, header, school};

#[tokio::test]
async fn wrong_headers_are_refused_in_plain_text() {
    let world = World::with(0);
    let (app, key) = (world.knack.app_id(), world.knack.api_key());
    for (app, key, status, text) in [
        (None, None, 401, "Invalid API Request"),
        (Some(app), None, 401, "Invalid API Request"),
        (Some("x"), Some(key), 400, "Malformed App ID."),
        (Some(app), Some("wrong"), 401, "Invalid API key"),
        (
            Some("5f0000000000000000000009"),
            Some(key),
            401,
            "Invalid API key",
        ),
    ] {
        let mut request = world
            .client
            .get(format!("{}/objects/object_10/records", world.knack.url()));
        for (name, value) in [
            ("X-Knack-Application-Id", app),
            ("X-Knack-REST-API-KEY", key),
        ] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{app:?} {key:?}");
        assert_eq!(header(&response, "content-type"), "text/html");
        assert_eq!(response.text().await.unwrap(), text);
    }
    let seen = world.knack.seen();
    assert_eq!((seen[0].has_app_id, seen[0].has_api_key), (false, false));
    assert_eq!((seen[1].has_app_id, seen[1].has_api_key), (true, false));
}

#[tokio::test]
async fn an_unknown_object_or_record_is_a_bad_request() {
    let world = World::with(0);
    for path in [
        "/objects/object_99/records",
        "/objects/object_99",
        "/objects/object_10/records/5f00",
    ] {
        assert_eq!(
            world.get(path).send().await.unwrap().status(),
            400,
            "{path}"
        );
    }
    assert_eq!(world.get("/elsewhere").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn every_answer_tells_what_is_left_of_the_limits() {
    let world = World::start(Options {
        daily_limit: 5_000,
        ..Options::new(TODAY, vec![school()])
    });
    world.page(&[]).send().await.unwrap();
    let response = world.page(&[]).send().await.unwrap();
    assert_eq!(header(&response, "X-PlanLimit-Limit"), "5000");
    assert_eq!(header(&response, "X-PlanLimit-Remaining"), "4998");
    assert!(
        header(&response, "X-PlanLimit-Reset")
            .parse::<u64>()
            .unwrap()
            <= 86_400_000
    );
    assert_eq!(header(&response, "X-RateLimit-Limit"), "10");
    assert!(
        header(&response, "X-RateLimit-Remaining")
            .parse::<u64>()
            .unwrap()
            < 10
    );
    assert!(
        header(&response, "X-RateLimit-Reset")
            .parse::<u64>()
            .unwrap()
            > 1_700_000_000
    );
    assert_eq!(
        header(&response, "content-type"),
        "application/json; charset=utf-8"
    );
}

#[tokio::test]
async fn the_eleventh_request_of_a_second_is_refused() {
    let world = World::start(Options::new(TODAY, vec![school()]));
    let burst = futures_util::future::join_all((0..11).map(|_| world.page(&[]).send())).await;
    let refused: Vec<_> = burst
        .into_iter()
        .map(Result::unwrap)
        .filter(|response| response.status() == 429)
        .collect();
    let [refused] = refused.try_into().unwrap();
    assert_eq!(header(&refused, "X-RateLimit-Remaining"), "0");
    assert_eq!(refused.text().await.unwrap(), "Rate limit exceeded");
    assert_eq!(world.knack.busiest_second(), 11);
}

#[tokio::test]
async fn a_day_has_an_end() {
    let world = World::start(Options {
        daily_limit: 1,
        ..Options::new(TODAY, vec![school()])
    });
    assert_eq!(world.page(&[]).send().await.unwrap().status(), 200);
    let refused = world.page(&[]).send().await.unwrap();
    assert_eq!(
        (
            refused.status().as_u16(),
            header(&refused, "X-PlanLimit-Remaining")
        ),
        (429, "0")
    );
}
