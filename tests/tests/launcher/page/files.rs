//! The files within the program.

use e2e::{Launcher, Stage, token_line};
use reqwest::Method;

use super::{ask_again, expect_gzip_for_who_takes_it, expect_page};

macro_rules! built {
    ($name:literal) => {
        include_str!(concat!("../../../../crates/launcher/web/dist/page/", $name))
    };
}

const FILES: [(&str, &str, &str); 4] = [
    ("/", "text/html; charset=utf-8", built!("index.html")),
    (
        "/page.js",
        "text/javascript; charset=utf-8",
        built!("page.js"),
    ),
    ("/page.css", "text/css; charset=utf-8", built!("page.css")),
    ("/favicon.svg", "image/svg+xml", built!("favicon.svg")),
];

/// A launcher that lets nobody in; the page is there all the same.
async fn launcher() -> Launcher {
    let stage = Stage::with_pupils([]).await;
    stage
        .launcher()
        .tokens(&token_line("vsr_x", "all", "somebody"))
        .start()
        .await
}

#[tokio::test]
async fn everybody_is_given_the_page_as_it_was_built() {
    let launcher = launcher().await;
    for (path, content_type, text) in FILES {
        let answer = launcher.get(path).await;
        answer.expect_status(200);
        assert_eq!(answer.text, text, "{path}");
        assert_eq!(answer.header("content-type"), Some(content_type));
        expect_page(&answer);
    }
}

#[tokio::test]
async fn head_answers_as_get_would_without_a_body() {
    let launcher = launcher().await;
    for (path, content_type, _) in FILES {
        let got = launcher.get(path).await;
        let told = launcher.send(launcher.request(Method::HEAD, path)).await;
        told.expect_status(200);
        assert_eq!(told.text, "");
        assert_eq!(told.header("content-type"), Some(content_type));
        assert_eq!(expect_page(&told), expect_page(&got));
    }
}

#[tokio::test]
async fn a_copy_that_still_holds_is_not_sent_again() {
    let launcher = launcher().await;
    for (path, _, text) in FILES {
        let first = launcher.get(path).await;
        let tag = expect_page(&first);
        for known in [tag, tag.trim_start_matches("W/"), "*"] {
            for method in [Method::GET, Method::HEAD] {
                let again = ask_again(&launcher, method, path, known).await;
                again.expect_status(304);
                assert_eq!(again.text, "");
                assert_eq!(expect_page(&again), tag);
            }
        }
        let among_others = format!("\"old\", {tag}");
        let again = ask_again(&launcher, Method::GET, path, &among_others).await;
        again.expect_status(304);
        for old in ["\"old\"", "W/\"old\"", "no tag"] {
            let again = ask_again(&launcher, Method::GET, path, old).await;
            again.expect_status(200);
            assert_eq!(again.text, text);
        }
    }
}

#[tokio::test]
async fn every_file_has_a_tag_of_its_own() {
    let launcher = launcher().await;
    let mut tags = std::collections::BTreeSet::new();
    for (path, ..) in FILES {
        tags.insert(expect_page(&launcher.get(path).await).to_owned());
    }
    assert_eq!(tags.len(), FILES.len());
}

#[tokio::test]
async fn gzip_is_sent_to_those_who_take_it() {
    let launcher = launcher().await;
    for (path, _, text) in FILES {
        expect_gzip_for_who_takes_it(&launcher, path, text).await;
    }
}

#[tokio::test]
async fn the_page_may_ask_where_it_comes_from_and_other_sites_may_not() {
    let launcher = launcher().await;
    let own = launcher.url().to_owned();
    for (path, ..) in FILES {
        let asker = launcher.nobody().header("Origin", &own);
        asker.get(path).await.expect_status(200);
        let asker = launcher.nobody().header("Origin", "https://evil.example");
        assert_eq!(asker.get(path).await.status, 400);
    }
}

#[tokio::test]
async fn an_address_that_is_not_a_file_of_the_page_is_not_found() {
    let launcher = launcher().await;
    for path in ["/index.html", "/page.js/", "/page.json"] {
        let answer = launcher.get(path).await;
        answer.expect_problem(404, "not_found");
    }
}
