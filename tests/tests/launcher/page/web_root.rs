//! A folder in the place of the files within the program.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use e2e::{Launcher, Stage};
use reqwest::Method;
use tempfile::TempDir;

use super::{ask_again, expect_gzip_for_who_takes_it, expect_page};

const INDEX: &str = "<!doctype html><title>A page of one's own</title>";
const SCRIPT: &str = "console.log('a script of the folder');";

/// A folder `web` with a page, beside a file that is nobody's.
fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    let web = folder.path().join("web");
    fs::create_dir_all(web.join("assets")).expect("and one within it");
    for (path, text) in [
        ("web/index.html", INDEX),
        ("web/assets/extra.js", SCRIPT),
        ("web/.env", "canary"),
        ("outside", "canary"),
    ] {
        fs::write(folder.path().join(path), text).expect("it can be written");
    }
    symlink("../outside", web.join("link")).expect("it can be linked");
    folder
}

async fn serving(stage: &Stage, web: &Path) -> Launcher {
    let builder = stage.launcher().arg("serve").arg("--web-root").arg(web);
    builder.start().await
}

#[tokio::test]
async fn its_files_are_sent_as_those_of_the_page_are() {
    let stage = Stage::with_pupils([]).await;
    let folder = folder();
    let launcher = serving(&stage, &folder.path().join("web")).await;
    for (path, content_type, text) in [
        ("/", "text/html", INDEX),
        ("/index.html", "text/html", INDEX),
        ("/assets/extra.js", "text/javascript", SCRIPT),
    ] {
        let answer = launcher.get(path).await;
        answer.expect_status(200);
        assert_eq!(answer.text, text, "{path}");
        let sent = answer.header("content-type").unwrap();
        assert_eq!(sent.split(';').next(), Some(content_type));
        let tag = expect_page(&answer);
        let again = ask_again(&launcher, Method::GET, path, tag).await;
        again.expect_status(304);
        assert_eq!(expect_page(&again), tag);
        let told = launcher.send(launcher.request(Method::HEAD, path)).await;
        told.expect_status(200);
        assert_eq!(expect_page(&told), tag);
        expect_gzip_for_who_takes_it(&launcher, path, text).await;
    }
}

#[tokio::test]
async fn a_file_too_large_to_be_kept_is_sent_as_it_lies_on_the_disk() {
    let stage = Stage::with_pupils([]).await;
    let folder = folder();
    let web = folder.path().join("web");
    let text = "a line of a large file\n".repeat(100_000);
    fs::write(web.join("large.txt"), &text).unwrap();
    let launcher = serving(&stage, &web).await;

    let answer = launcher.get("/large.txt").await;

    answer.expect_status(200);
    assert!(answer.text == text);
    let tag = expect_page(&answer);
    let again = ask_again(&launcher, Method::GET, "/large.txt", tag).await;
    again.expect_status(304);
    let (is_compressed, bytes) = super::as_sent(&launcher, "/large.txt", "gzip").await;
    assert!(!is_compressed && bytes == text.as_bytes());
}

#[tokio::test]
async fn a_file_that_is_built_anew_is_sent_anew() {
    let stage = Stage::with_pupils([]).await;
    let folder = folder();
    let web = folder.path().join("web");
    let launcher = serving(&stage, &web).await;
    let first = launcher.get("/").await;
    let tag = expect_page(&first);
    fs::write(web.join("index.html"), "another page").unwrap();

    let again = ask_again(&launcher, Method::GET, "/", tag).await;

    again.expect_status(200);
    assert_eq!(again.text, "another page");
    // It is all of the page: nothing of the program's own shows through.
    let own = launcher.get("/page.js").await;
    own.expect_problem(404, "not_found");
}

#[tokio::test]
async fn nothing_outside_it_nothing_hidden_and_no_list_is_shown() {
    let stage = Stage::with_pupils([]).await;
    let folder = folder();
    let launcher = serving(&stage, &folder.path().join("web")).await;
    let absolute = folder.path().join("outside").display().to_string();
    for path in [
        "/../outside",
        "/assets/../../outside",
        "/%2e%2e/outside",
        "/..%2foutside",
        "/%2e%2e%2foutside",
        "/..%5coutside",
        "/....//outside",
        "/link",
        &absolute,
        &format!("/{absolute}"),
        "/.env",
        "/%2eenv",
        "/./.env",
        "/assets",
        "/assets/",
        "/assets/.",
        "/index.html%00",
        "/nothing",
        "/%ff",
    ] {
        // Byte for byte: a client would tidy the path up first.
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let answer = launcher.send_bytes(request.as_bytes()).await.unwrap();
        answer.expect_problem(404, "not_found");
        assert!(!answer.text.contains("canary"), "{path}");
    }
}

#[tokio::test]
async fn the_api_is_what_it_is_without_it() {
    let stage = Stage::with_pupils([]).await;
    let folder = folder();
    let launcher = serving(&stage, &folder.path().join("web")).await;
    launcher.get("/healthz").await.expect_status(200);
    launcher.get("/api/establishments").await.expect_status(200);
    let unknown = launcher.get("/api/unknown").await;
    unknown.expect_problem(404, "not_found");
    assert_eq!(unknown.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_folder_that_holds_no_page_is_refused_with_all_else_that_is_wrong() {
    let empty = TempDir::with_prefix("canary").unwrap();
    let missing = empty.path().join("missing");
    let file = empty.path().join("file");
    fs::write(&file, "").unwrap();
    let stage = Stage::with_pupils([]).await;
    for (path, problem) in [
        (missing.as_path(), "--web-root does not name a folder"),
        (file.as_path(), "--web-root does not name a folder"),
        (empty.path(), "--web-root names a folder without index.html"),
    ] {
        let builder = stage.launcher().env("LAUNCHER_MAX_RUNS", "0");
        let (code, said) = builder.arg("--web-root").arg(path).refusal().await;
        assert_eq!(code, Some(78), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(problem), "{said}");
        assert!(said.contains("LAUNCHER_MAX_RUNS must"), "{said}");
        assert!(!said.contains("canary"), "{said}");
    }
}
