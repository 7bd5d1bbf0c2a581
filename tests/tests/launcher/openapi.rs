//! The committed contract is the program's own, and what it says of its problems is complete.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use e2e::{Stage, program, token_line};
use reqwest::Method;
use serde_json::Value;

use crate::page::{ask_again, expect_gzip_for_who_takes_it};
use crate::processes::cpu_time;

const COMMITTED: &str = include_str!("../../../crates/launcher/openapi.json");
const HOW_TO_RENEW: &str = "crates/launcher/openapi.json is out of date. Renew it with: \
     cargo run --package launcher -- openapi > crates/launcher/openapi.json";

fn document() -> Value {
    serde_json::from_str(COMMITTED).expect("the contract is JSON")
}

/// Every operation: its path, its method, what is said of it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("there are paths");
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("a path has methods");
            methods
                .iter()
                .map(|(method, operation)| (path.clone(), method.clone(), operation.clone()))
        })
        .collect()
}

#[test]
fn the_committed_contract_is_what_the_program_prints() {
    let printed = Command::new(program("sync-launcher"))
        .arg("openapi")
        .output()
        .unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed == COMMITTED, "{HOW_TO_RENEW}");
}

#[tokio::test]
async fn the_launcher_serves_the_contract_to_everybody() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage
        .launcher()
        .tokens(&token_line("vsr_x", "all", "somebody"))
        .start()
        .await;

    let answer = launcher.get("/openapi.json").await;

    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(
        *answer.expect_status(200) == document(),
        "another contract is served than the committed one"
    );
}

#[tokio::test]
async fn the_contract_is_compressed_for_those_who_take_that_and_not_sent_again_where_it_is_known() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;
    let path = "/openapi.json";
    let text = COMMITTED.trim_end_matches('\n');
    expect_gzip_for_who_takes_it(&launcher, path, text).await;
    let head = launcher.request(Method::HEAD, path);
    let head = launcher
        .send(head.header("Accept-Encoding", "identity"))
        .await;
    head.expect_status(200);
    assert_eq!(head.text, "");
    assert_eq!(
        head.header("content-length"),
        Some(&*text.len().to_string())
    );
    let tag = head.header("etag").expect("a tag");
    for method in [Method::GET, Method::HEAD] {
        let again = ask_again(&launcher, method, path, tag).await;
        again.expect_status(304);
        assert_eq!(again.text, "");
    }
}

#[tokio::test]
async fn the_contract_is_built_and_compressed_once_however_often_it_is_asked_for() {
    const TIMES: usize = 200;
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;
    let cost = async |path: &str| {
        let before = cpu_time(launcher.pid());
        for _ in 0..TIMES {
            let request = launcher.request(Method::GET, path);
            let request = request.header("Accept-Encoding", "gzip");
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200);
        }
        cpu_time(launcher.pid()).saturating_sub(before)
    };
    for path in ["/openapi.json", "/page.css"] {
        launcher.get(path).await.expect_status(200);
    }

    let (contract, file) = (cost("/openapi.json").await, cost("/page.css").await);

    // A file of the page is sent as it was built.
    let most = file * 2 + Duration::from_millis(100);
    assert!(contract <= most, "{contract:?} to {file:?}");
}

#[test]
fn every_operation_has_a_name_a_subject_and_a_schema_for_every_answer() {
    let document = document();
    let operations = operations(&document);
    let names: BTreeSet<&str> = operations
        .iter()
        .map(|(.., operation)| operation["operationId"].as_str().expect("a name"))
        .collect();
    assert_eq!(names.len(), operations.len());
    let tags: BTreeSet<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    for (path, method, operation) in &operations {
        assert!(operation["summary"].is_string(), "{method} {path}");
        assert!(
            tags.contains(operation["tags"][0].as_str().unwrap()),
            "{path}"
        );
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let place = format!("{method} {path}: {status}");
            let contents = answer["content"].as_object().expect(&place);
            assert!(
                contents
                    .values()
                    .all(|content| content["schema"].is_object()),
                "{place}"
            );
            assert!(answer["headers"]["X-Request-Id"].is_object(), "{place}");
        }
    }
}

#[test]
fn every_code_is_listed_where_it_can_occur_with_its_status() {
    let document = document();
    let all = document["components"]["schemas"]["Code"]["enum"]
        .as_array()
        .unwrap();
    let mut told = BTreeSet::new();
    for (path, _, operation) in operations(&document) {
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let schema = &answer["content"]["application/problem+json"]["schema"];
            let Some(exactly) = schema["allOf"].get(1) else {
                continue;
            };
            let said = &exactly["properties"]["status"]["enum"][0];
            assert_eq!(said.to_string(), *status, "{path}");
            let codes = exactly["properties"]["code"]["enum"].as_array().unwrap();
            told.extend(codes.iter().map(|code| code.as_str().unwrap().to_owned()));
        }
    }
    // What lies at no address has no place in the contract.
    told.insert("not_found".to_owned());
    let all: BTreeSet<String> = all
        .iter()
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, all);
}

#[test]
fn only_what_operators_ask_needs_no_token() {
    for (path, method, operation) in operations(&document()) {
        let is_open = operation["security"]
            .as_array()
            .is_some_and(|ways| ways.contains(&serde_json::json!({})));
        assert_eq!(is_open, !path.starts_with("/api/"), "{method} {path}");
    }
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_taken() {
    let stage = Stage::with_pupils([]).await;
    let launcher = stage.launcher().start().await;
    for (path, methods) in document()["paths"].as_object().unwrap() {
        let path = path.replace("{run}", "x").replace("{id}", "x");
        let answer = launcher.send(launcher.request(Method::PUT, &path)).await;
        answer.expect_problem(405, "method_not_allowed");
        // HEAD is taken wherever GET is, so the contract does not name it at each address.
        let is_read = methods.get("get").is_some();
        let allow = answer.header("allow").unwrap();
        assert_eq!(allow.contains("HEAD"), is_read, "{path}: {allow}");
        let allowed: BTreeSet<String> = answer
            .header("allow")
            .unwrap()
            .split(", ")
            .map(str::to_lowercase)
            .filter(|method| method != "head")
            .collect();
        let known: BTreeSet<String> = methods.as_object().unwrap().keys().cloned().collect();
        assert_eq!(allowed, known, "{path}");
    }
}
