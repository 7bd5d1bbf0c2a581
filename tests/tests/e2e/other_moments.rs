//! Faults that other tests inject at one moment, at others: reading answers, the opening log row, comments, codes that nobody
//! has listed. What passes costs nothing; what is one row's costs that row.

use e2e::{Stage, postgrest_error, refused};
use futures_util::future::join_all;
use sandbox::knack::{Fault as KnackFault, Kind, KnackRule};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};

const SIZE: u64 = 12;

/// A class, all of whom have scores and answers, and two of whom have a comment.
async fn class() -> Stage {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=SIZE {
        let pupil = stage.pupil(n);
        stage.put_with_answers(&match n {
            3 => pupil.reflected(1, "I will plan my week."),
            4 => pupil.reflected(1, "I will read more."),
            _ => pupil,
        });
    }
    stage
}

/// An answer without a body that anybody would expect.
fn empty(code: u16, headers: &[(&str, &str)]) -> Fault {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Fault::Status {
        code,
        body: Value::Null,
        headers: headers.iter().map(owned).collect(),
    }
}

/// A list without rows, whose head says how many there are.
fn no_rows(range: &str) -> Fault {
    Fault::Status {
        code: 200,
        body: json!([]),
        headers: [("content-range".to_owned(), range.to_owned())].into(),
    }
}

/// What passes by itself, each once, on what is asked first at this moment.
fn passing() -> Vec<(&'static str, ProxyRule)> {
    let faults = || {
        [
            ("204", empty(204, &[])),
            ("205", empty(205, &[])),
            (
                "206 without rows",
                empty(206, &[("content-range", "0-0/1")]),
            ),
            ("207", empty(207, &[])),
            ("304", empty(304, &[])),
            ("520", Fault::GatewayHtml { code: 520 }),
            ("999", Fault::GatewayHtml { code: 999 }),
            ("cut", Fault::Cut),
            ("reset", Fault::Reset),
            (
                "PGRST001",
                postgrest_error(503, "PGRST001", "no connection"),
            ),
            ("57P03", postgrest_error(503, "57P03", "starting up")),
            (
                "40001",
                postgrest_error(409, "40001", "serialization failure"),
            ),
            (
                "53300",
                postgrest_error(503, "53300", "too many connections"),
            ),
        ]
    };
    let moments = [
        ("GET", "establishments"),
        ("GET", "students"),
        ("GET", "question_statistics"),
        ("POST", "sync_logs"),
        ("POST", "students"),
        ("POST", "student_comments"),
        ("POST", "question_responses"),
    ];
    // Each at two of the moments.
    let pairs = (0..2).flat_map(|round| {
        let faults = faults().into_iter().enumerate();
        faults.map(move |(n, fault)| (moments[(n + 3 * round) % moments.len()], fault))
    });
    let rules = pairs.map(|((method, table), (name, fault))| {
        (name, ProxyRule::new(fault).on(method, table).once())
    });
    let lies = ["0-0/5", "0-11/3", "7-3/9", "*/99999999999999999999", "x"];
    let lies = lies.map(|range| {
        let rule = ProxyRule::new(no_rows(range)).on("GET", "students");
        (range, rule.once())
    });
    rules.chain(lies).collect()
}

#[tokio::test]
async fn what_passes_by_itself_costs_nothing_at_whatever_moment_it_comes() {
    for some in passing().chunks(8) {
        let runs = some.iter().map(async |(name, rule)| {
            let stage = class().await;
            stage.proxy.inject(rule.clone());
            let run = stage.run().await;
            let summary = run.summary();
            let case = format!("{name}: {:?}", rule.when);
            assert_eq!(run.code, Some(0), "{case}: {run:?}");
            assert!(summary.warnings.is_empty(), "{case}: {summary:?}");
            assert_eq!(stage.row_counts().await, [12, 12, 2], "{case}");
            let answers = (
                stage.answers().stored().await,
                stage.answers().expected().await,
            );
            assert!(answers.0 == answers.1, "{case}");
        });
        join_all(runs).await;
    }
}

/// Where one row is refused, and what is stored then.
const TABLES: [(&str, [usize; 3]); 3] = [
    ("students", [11, 11, 1]),
    ("vespa_scores", [12, 11, 2]),
    ("student_comments", [12, 12, 1]),
];

/// What a table says of one row, in codes that no other test names.
fn of_one_row() -> Vec<(&'static str, Fault)> {
    let codes = [
        (400, "23P01"),
        (400, "22021"),
        (400, "22P05"),
        (400, "2F003"),
        (400, "38000"),
        (400, "HV001"),
        (400, "F0001"),
        (400, "72000"),
        (400, "P0004"),
        (418, "PT418"),
        (500, "54011"),
        (500, "XX001"),
        (500, "45000"),
    ];
    let pages = [("406 page", 406), ("415 page", 415), ("451 page", 451)];
    let codes = codes.map(|(status, code)| (code, postgrest_error(status, code, "not this row")));
    let pages = pages.map(|(name, code)| (name, Fault::GatewayHtml { code }));
    codes.into_iter().chain(pages).collect()
}

#[tokio::test]
async fn what_is_one_rows_fault_costs_that_row_in_whatever_table_it_is() {
    for some in of_one_row().chunks(TABLES.len()) {
        let runs = some
            .iter()
            .zip(TABLES)
            .map(async |((name, fault), (table, stored))| {
                let stage = class().await;
                let text = match table {
                    "student_comments" => "I will plan my week.".to_owned(),
                    _ => stage.email("p003"),
                };
                let of_one = ProxyRule::new(fault.clone()).on("POST", table);
                stage.proxy.inject(of_one.body(&text));

                let run = stage.run().await;

                let case = format!("{name}: {table}");
                assert_eq!(run.code, Some(9), "{case}: {run:?}");
                let summary = run.summary();
                assert_eq!(refused(&summary), [stage.pupil(3).record_id], "{case}");
                assert_eq!(stage.row_counts().await, stored, "{case}");
            });
        join_all(runs).await;
    }
}

#[tokio::test]
async fn one_odd_answer_of_knacks_costs_nothing_of_whatever_object_it_is() {
    let statuses = [
        201, 202, 203, 206, 207, 226, 409, 418, 422, 451, 508, 599, 999,
    ];
    for object in ["object_10", "object_29"] {
        let runs = statuses.map(async |code| {
            let stage = class().await;
            let body = json!({"ok": true}).to_string();
            let odd = KnackRule::new(KnackFault::Status { code, body }).on(Kind::Page);
            stage.knack.inject(odd.object(object).once());

            let run = stage.run().await;

            let case = format!("{code}: {object}");
            assert_eq!(run.code, Some(0), "{case}: {run:?}");
            assert_eq!(stage.row_counts().await, [12, 12, 2], "{case}");
            let answers = (
                stage.answers().stored().await,
                stage.answers().expected().await,
            );
            assert!(answers.0 == answers.1, "{case}");
        });
        join_all(runs).await;
    }
}
