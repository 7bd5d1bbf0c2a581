//! The documents are true of the launcher: their command lines work as they are written, and their tables are the program's.

use std::collections::BTreeSet;
use std::process::Stdio;

use e2e::documents::{blocks, lines, rows, say};
use e2e::{Launcher, Stage, program, token_line};
use sandbox::postgres::Cluster;
use sandbox::supabase::{Driver, EstablishmentSeed, Supabase, SupabaseOptions};
use serde_json::Value;
use tokio::process::Command;

const SETTINGS: [&str; 3] = [
    include_str!("../../../crates/launcher/src/config/declared.rs"),
    include_str!("../../../crates/launcher/src/config/of_client.rs"),
    include_str!("../../../crates/launcher/src/config/of_notify.rs"),
];
const CONTRACT: &str = include_str!("../../../crates/launcher/openapi.json");
const SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";
const HOST: &str = "http://127.0.0.1:8080";
/// Runs a line with curl as it stands, but in this world, and so that a problem is a failure.
async fn curl(line: &str, launcher: &Launcher, stage: &Stage, run: &str) {
    let shell = line
        .replacen("curl ", "curl --silent --show-error --fail-with-body ", 1)
        .replace(HOST, launcher.url())
        .replace(SCHOOL, &stage.knack_id)
        .replace(" --fail ", " ");
    let output = Command::new("sh")
        .args(["-c", &shell])
        .env("TOKEN", "vsr_of_the_documents")
        .env("RUN", run)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("a shell starts");
    assert!(output.status.success(), "{line}: {output:?}");
}

#[tokio::test]
async fn every_curl_in_the_documents_works_as_written() {
    let stage = Stage::with_class(1).await;
    let token = token_line("vsr_of_the_documents", "all", "documents");
    let launcher = stage
        .launcher()
        .tokens(&token)
        .env("LAUNCHER_COOLDOWN_SECONDS", "0")
        .start()
        .await;
    let request = launcher.refresh_request(&stage.knack_id);
    let first = launcher
        .send(request.bearer_auth("vsr_of_the_documents"))
        .await;
    let run = first.expect_status(200)["run_id"].as_str().unwrap();

    let lines: Vec<&str> = blocks("sh")
        .into_iter()
        .filter_map(|line| Some(&line[line.find("curl ")?..]))
        .collect();
    assert!(lines.len() > 12, "{lines:?}");
    for line in &lines {
        curl(line, &launcher, &stage, run).await;
    }
    let mut refreshes = lines
        .iter()
        .filter(|line| line.contains("refresh-establishment"));
    assert_eq!(refreshes.by_ref().count() + 1, stage.logs().await.len());
}

#[test]
fn the_table_of_problems_is_the_programs() {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    let mut known = BTreeSet::from([("404".to_owned(), "not_found".to_owned())]);
    let paths = contract["paths"].as_object().unwrap().values();
    let answers = paths
        .flat_map(|path| path.as_object().unwrap().values())
        .flat_map(|operation| operation["responses"].as_object().unwrap());
    for (status, answer) in answers {
        let schema = &answer["content"]["application/problem+json"]["schema"];
        let codes = &schema["allOf"][1]["properties"]["code"]["enum"];
        for code in codes.as_array().into_iter().flatten() {
            known.insert((status.clone(), code.as_str().unwrap().to_owned()));
        }
    }
    let told: BTreeSet<(String, String)> = rows(3)
        .filter(|row| row[0].len() == 3 && row[0].parse::<u16>().is_ok_and(|it| it >= 400))
        .map(|row| (row[0].to_owned(), row[1].trim_matches('`').to_owned()))
        .collect();
    assert_eq!(told, known);
}

/// That every setting has its row is tested where they are declared.
#[test]
fn no_document_names_a_setting_that_nothing_reads() {
    let words = |text: &'static str| -> BTreeSet<&str> {
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        text.split(|c| !is_name(c))
            .filter(|word| word.starts_with("LAUNCHER_") && word.len() > "LAUNCHER_".len())
            .collect()
    };
    let read: BTreeSet<&str> = SETTINGS.into_iter().flat_map(words).collect();
    assert!(read.len() > 10);
    let named: BTreeSet<&str> = lines().flat_map(words).collect();
    let unknown: Vec<_> = named.difference(&read).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_table_of_calls_holds_every_address() {
    let contract: Value = serde_json::from_str(CONTRACT).unwrap();
    for path in contract["paths"].as_object().unwrap().keys() {
        assert!(
            rows(2).any(|row| row[0].contains(path.as_str())),
            "{path} stands in no row"
        );
    }
}

#[test]
fn the_table_of_calls_holds_the_page() {
    assert!(rows(2).any(|row| row[0] == "`GET /`"));
}

#[tokio::test]
async fn the_table_of_options_is_the_programs() {
    let output = Command::new(program("sync-launcher"))
        .args(["serve", "--help"])
        .output()
        .await
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let known: BTreeSet<&str> = help
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("--"))
        .filter_map(|line| line.split(' ').next())
        .collect();
    let told: BTreeSet<&str> = rows(2)
        .filter_map(|row| row[0].strip_prefix("`--")?.split([' ', '`']).next())
        .collect();
    assert!(told.len() > 1);
    assert_eq!(told, known);
}

#[tokio::test]
async fn a_redis_url_as_the_documents_write_it_is_understood() {
    let stage = Stage::with_pupils([]).await;
    assert!(say("$REDIS_URL#insecure"));
    let url = "rediss://:secret@redis.example.test:6380#insecure";
    let launcher = stage.launcher().env("REDIS_URL", url).start().await;
    launcher.get("/healthz").await.expect_status(200);
}

#[tokio::test]
async fn the_nightly_jobs_row_is_taken_for_a_sync_of_all_schools() {
    let stage = Stage::with_pupils([]).await;
    // The row concerns every school, so it needs a database of its own.
    let cluster = Cluster::shared().await.unwrap();
    let database = cluster.database("nightly").await.unwrap();
    let url = database.url().to_owned();
    let supabase = Supabase::start(SupabaseOptions::new(Driver::Postgres { url }))
        .await
        .unwrap();
    let school = EstablishmentSeed {
        knack_id: stage.knack_id.clone(),
        name: "Night School".to_owned(),
        is_australian: None,
        use_standard_year: None,
    };
    supabase.seed_establishments(&[school]).await.unwrap();
    let launcher = stage
        .launcher()
        .env("SUPABASE_URL", supabase.url())
        .env("SUPABASE_KEY", supabase.secret_key())
        .start()
        .await;
    let status = format!("/api/sync/status?establishmentId={}", stage.knack_id);
    let before = launcher.get(&status).await;
    assert_eq!(before.expect_status(200)["lastFullSyncAt"], Value::Null);

    let client = database.connect().await.unwrap();
    client
        .batch_execute(&blocks("sql").join("\n"))
        .await
        .unwrap();

    let after = launcher.get(&status).await;
    assert_eq!(
        after.expect_status(200)["lastFullSyncAt"],
        "2026-11-23T01:42:00Z"
    );
}
