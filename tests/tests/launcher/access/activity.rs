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

/// What somebody is answered, and what the launcher asks of others for that, in its order.
async fn done_for(world: &World, by: &Asker<'_>, asked: &Asked) -> (Vec<Told>, Vec<String>) {
    world.a.proxy.forget();
    let before = world.a.knack.seen().len();
    let answers = asked.by(by).await;
    let told = answers.map(|answer| (answer.status, answer.text));
    let of_supabase = world.a.proxy.seen().into_iter();
    let of_supabase = of_supabase.map(|seen| format!("{} {}", seen.method, seen.table()));
    let of_knack = world.a.knack.seen().into_iter().skip(before);
    let of_knack = of_knack.map(|seen| format!("{} {}", seen.method, seen.path));
    (told.into(), of_supabase.chain(of_knack).collect())
}

/// A status and a body.
type Told = (u16, String);

#[tokio::test]
async fn another_schools_runs_and_students_cost_the_same_requests_and_words_as_none() {
    let world = World::new().await;
    let launcher = world.launcher().await;
    let of_a = Asked::of(&world, &launcher).await;
    let of_nothing = of_a.of_nothing();
    for token in [
        OF_B.to_owned(),
        world.sign_in(ADMIN_OF_B),
        world.sign_in(ADMIN_OF_NONE),
    ] {
        let mut done = Vec::new();
        for asked in [&of_a, &of_nothing] {
            // One that remembers neither the caller nor any school, and then both.
            let new = world.launcher().await;
            let asker = new.with_token(&token);
            let first = done_for(&world, &asker, asked).await;
            let again = done_for(&world, &asker, asked).await;
            done.push((first, again));
        }
        assert_eq!(done[0], done[1]);
        let ((_, first), (_, again)) = &done[0];
        assert!(again.len() <= first.len(), "{first:?} {again:?}");
        for request in first.iter().chain(again) {
            let of_students = ["students", "sync_logs", "object_10", "object_29"];
            let tells = of_students.iter().any(|part| request.contains(part));
            assert!(!tells, "{request}");
        }
    }
    let log = launcher.whole_log().await;
    assert_eq!(log.matches("a question is answered").count(), 0);
}
