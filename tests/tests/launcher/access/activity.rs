//! Every kind of caller at the addresses that tell of a school's runs and students: its runs, what a run changed, and why a
//! student is missing. To others they are as unknown as what does not exist: in the same words, after the same requests.

use e2e::{Answer, Asker, Launcher};
use reqwest::Method;
use sandbox::knack::Fault;
use serde_json::json;

use super::world::{
    ADMIN_OF_A, ADMIN_OF_B, ADMIN_OF_BOTH, ADMIN_OF_NONE, OF_A, OF_ALL, OF_B, OF_BOTH, SUPER_USER,
    World,
};

const DOORS: [&str; 3] = ["runs", "changes", "explain"];

/// What somebody is answered, in that order.
type Row = [&'static str; 3];

const LET_IN: Row = ["200"; 3];
const STRANGER: Row = [
    "404 establishment_not_found",
    "404 unknown_run",
    "404 establishment_not_found",
];
const UNKNOWN: Row = ["401 unauthenticated"; 3];
const UNCHECKED: Row = ["503 auth_unavailable"; 3];

const X_USER_EMAIL: &str = "X-User-Email";

/// What is asked about.
struct Asked {
    school: String,
    run: String,
    record: String,
}

impl Asked {
    /// School A, whose refresh has just ended.
    async fn of(world: &World, launcher: &Launcher) -> Self {
        let answer = launcher.with_token(OF_ALL).refresh(&world.a.knack_id).await;
        let run = &answer.expect_status(200)["run_id"];
        let record = &world.a.knack.records("object_10")[0]["id"];
        Self {
            school: world.a.knack_id.clone(),
            run: run.as_str().expect("a run").to_owned(),
            record: record.as_str().expect("a record").to_owned(),
        }
    }

    /// The same of a school and a run that do not exist.
    fn of_nothing(&self) -> Self {
        Self {
            school: "ffffffffffffffffffffffff".to_owned(),
            run: "0d9f1b5e-0000-4000-8000-0000000000ab".to_owned(),
            record: self.record.clone(),
        }
    }

    async fn by(&self, asker: &Asker<'_>) -> [Answer; 3] {
        let Self {
            school,
            run,
            record,
        } = self;
        let path = format!("/api/establishments/{school}/explain");
        let question = asker.request(Method::POST, &path);
        [
            asker
                .get(&format!("/api/sync/runs?establishmentId={school}"))
                .await,
            asker.get(&format!("/api/sync/runs/{run}/changes")).await,
            asker
                .send(question.json(&json!({ "question": record })))
                .await,
        ]
    }
}

/// The status, and the code of a problem.
fn told(answer: &Answer) -> String {
    if answer.status < 400 {
        return answer.status.to_string();
    }
    let code = answer.body["code"].as_str().unwrap_or("without a code");
    answer.expect_problem(answer.status, code);
    format!("{} {code}", answer.status)
}

async fn check(asked: &Asked, caller: &str, from: &Asker<'_>, row: Row) {
    let answers = asked.by(from).await;
    for ((door, answer), expected) in DOORS.iter().zip(&answers).zip(row) {
        assert_eq!(told(answer), expected, "{caller} at {door}");
        if expected != "200" {
            for of_a in [&asked.record, "Canary", "Pupil"] {
                assert!(!answer.text.contains(of_a), "{caller}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn only_callers_with_access_to_a_school_learn_of_its_runs_and_students() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let asked = Asked::of(&world, &launcher).await;
    let expired = world.sign_in(ADMIN_OF_A);
    world.a.knack.expire_session(&expired);

    check(&asked, "nobody", &launcher.nobody(), UNKNOWN).await;
    for (token, row) in [
        ("vsr_wrong", UNKNOWN),
        (OF_A, LET_IN),
        (OF_B, STRANGER),
        (OF_BOTH, LET_IN),
        (OF_ALL, LET_IN),
        (expired.as_str(), UNKNOWN),
    ] {
        check(&asked, token, &launcher.with_token(token), row).await;
    }
    for (user, row) in [
        (ADMIN_OF_A, LET_IN),
        (ADMIN_OF_B, STRANGER),
        (ADMIN_OF_BOTH, LET_IN),
        (ADMIN_OF_NONE, STRANGER),
        (SUPER_USER, LET_IN),
    ] {
        let signed_in = world.sign_in(user);
        check(&asked, user, &launcher.with_token(&signed_in), row).await;
        let server = launcher.from_address([127, 3, 0, user.as_bytes()[0]]);
        let server = server.bearer(OF_ALL).header(X_USER_EMAIL, user);
        check(&asked, &format!("a server for {user}"), &server, row).await;
    }
    let token = world.sign_in(ADMIN_OF_A);
    world.break_views(Fault::DailyCapReached);
    let unchecked = launcher.with_token(&token);
    check(&asked, "a user while Knack is down", &unchecked, UNCHECKED).await;
}

#[tokio::test]
async fn another_schools_runs_and_students_cost_the_same_requests_and_words_as_none() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let of_a = Asked::of(&world, &launcher).await;
    let of_nothing = of_a.of_nothing();
    for asker in [
        launcher.with_token(OF_B),
        launcher.with_token(&world.sign_in(ADMIN_OF_B)),
        launcher.with_token(&world.sign_in(ADMIN_OF_NONE)),
    ] {
        // From here on, the caller and their own school are remembered.
        of_nothing.by(&asker).await;
        let mut seen = Vec::new();
        for asked in [&of_a, &of_nothing] {
            world.a.proxy.forget();
            let before = world.a.knack.seen().len();
            let answers = asked.by(&asker).await;
            let texts = answers.map(|answer| (answer.status, answer.text));
            let of_knack = world.a.knack.seen().len() - before;
            let requests = [world.a.proxy.seen().len(), of_knack];
            seen.push((texts, requests));
        }
        assert_eq!(seen[0], seen[1]);
    }
    assert_eq!(
        launcher
            .whole_log()
            .await
            .matches("a question is answered")
            .count(),
        0
    );
}
