//! A week and a Monday of whoever runs the schools. Cron's documented lines run at noon and in the evening, something goes wrong
//! on most days, and what arrives, by mail and at `NOTIFY_URL`, is what needs a person, and nothing else.
//!
//! Hours pass by the log's rows growing older; a new day begins with a launcher that has not said anything yet.

use std::collections::BTreeMap;
use std::path::PathBuf;

use e2e::{Launcher, Receiver, Run, Stage, until};
use nix::sys::signal::Signal;
use sandbox::knack::{Fault, KnackRule};
use sandbox::proxy::{Fault as ProxyFault, ProxyRule};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fleet::world::{Fleet, assert_one_sentence, run};

/// The lines of the documents, without cron's own part and the patience of a whole lunch break.
const NOON: &str = "refresh --stale 24 --quiet --patience 1";
const EVENING: &str = "refresh --all --quiet --patience 1";

struct Week {
    fleet: Fleet,
    receiver: Receiver,
    folder: TempDir,
    launcher: Option<Launcher>,
    /// Lines that were delivered before.
    told: usize,
}

impl Week {
    async fn begin() -> Self {
        let stage = Stage::builder().own_database().start([]).await;
        stage.admit(1..=2);
        let mut ids = vec![stage.knack_id.clone()];
        for n in 1..3 {
            let id = format!("{n:04x}{}", &stage.knack_id[4..]);
            let school = json!({ "knack_id": id, "name": format!("Branch {n}") });
            stage.db.insert("establishments", &school).await;
            ids.push(id);
        }
        let mut week = Self {
            fleet: Fleet { stage, ids },
            receiver: Receiver::start(&[]).await,
            folder: TempDir::new().expect("a folder can be made"),
            launcher: None,
            told: 0,
        };
        week.start_launcher().await;
        week
    }

    fn said_today(&self) -> PathBuf {
        self.folder.path().join("notified.json")
    }

    async fn start_launcher(&mut self) {
        let launcher = self.fleet.launcher();
        let launcher = launcher
            .env("NOTIFY_URL", self.receiver.url("/"))
            .env("NOTIFY_STATE_FILE", self.said_today())
            .env("LAUNCHER_COOLDOWN_SECONDS", "0")
            .env("LAUNCHER_FAILURE_COOLDOWN_SECONDS", "0")
            .env("SUPABASE_TIMEOUT_SECONDS", "1");
        self.launcher = Some(launcher.start().await);
    }

    async fn restart_launcher(&mut self) {
        if let Some(mut launcher) = self.launcher.take() {
            launcher.signal(Signal::SIGTERM);
            launcher.end().await;
        }
        self.start_launcher().await;
    }

    /// So many hours of the same day.
    async fn hours(&self, hours: u32) {
        let older = format!(
            "update sync_logs set started_at = started_at - interval '{hours} hours', \
             completed_at = completed_at - interval '{hours} hours'"
        );
        self.fleet.stage.db.change(&older).await;
    }

    /// So many hours, and nights among them.
    async fn until_another_day(&mut self, hours: u32) {
        self.hours(hours).await;
        // A day that is over says nothing about the next one.
        if self.said_today().exists() {
            std::fs::remove_file(self.said_today()).expect("it is there");
        }
        self.restart_launcher().await;
    }

    async fn cron(&self, line: &str) -> Run {
        run(self.launcher.as_ref().expect("it runs"), line).await
    }

    /// A line of cron that sends no mail.
    async fn silent(&self, line: &str) {
        let ran = self.cron(line).await;
        assert_eq!(
            (ran.code, &*ran.stdout, &*ran.stderr),
            (Some(0), "", ""),
            "{line}"
        );
    }

    fn lines(&self) -> Vec<String> {
        let texts = self.receiver.texts();
        let lines = texts.iter().flat_map(|text| text.lines());
        lines.map(str::to_owned).collect()
    }

    /// So many lines have arrived since it was asked last, and each says this. Those that should not have come would be counted
    /// the next time.
    async fn told(&mut self, lines: usize, says: &str) {
        let expected = self.told + lines;
        until("the messages are delivered", || {
            self.lines().len() >= expected
        })
        .await;
        let all = self.lines();
        assert_eq!(all.len(), expected, "{all:#?}");
        for line in &all[self.told..] {
            assert!(line.contains(says), "{says}: {line}");
        }
        self.told = expected;
        // Only what was delivered is noted, a moment later.
        until("it is noted", || self.noted() >= lines).await;
    }

    /// Of how many schools something was said today.
    fn noted(&self) -> usize {
        let text = std::fs::read_to_string(self.said_today()).unwrap_or_default();
        let noted: Value = serde_json::from_str(&text).unwrap_or_default();
        noted["schools"].as_array().map_or(0, Vec::len)
    }

    /// How many refreshes there were so far.
    async fn refreshes(&self) -> usize {
        let rows = "select id from sync_logs where sync_type = $1";
        let db = &self.fleet.stage.db;
        db.json(rows, "establishment_refresh").await.len()
    }
}

#[tokio::test]
async fn in_a_week_whoever_runs_the_schools_hears_of_what_needs_them_and_of_nothing_else() {
    let mut week = Week::begin().await;
    let knack_is = |week: &Week, fault: Fault| week.fleet.stage.knack.inject(KnackRule::new(fault));

    // Monday: the first day. At noon all schools are stale, in the evening all are refreshed anyway.
    week.silent(NOON).await;
    assert_eq!(week.refreshes().await, 3);
    week.hours(5).await;
    week.silent(EVENING).await;
    assert_eq!(week.refreshes().await, 6);

    // Tuesday: at noon nothing is stale, so nobody asks Knack. In the evening Knack is down.
    week.until_another_day(19).await;
    week.silent(NOON).await;
    assert_eq!(week.refreshes().await, 6);
    week.hours(5).await;
    knack_is(&week, Fault::Reset);
    let down = week.cron(EVENING).await;
    let says = [
        "3 of 3 schools not refreshed",
        "knack_unavailable",
        "runs --failed",
    ];
    assert_one_sentence(&down, 6, &says);
    week.told(3, "was not refreshed (knack_unavailable)").await;

    // Wednesday: noon makes up for it. In the evening Supabase is down, and the launcher admits nothing.
    week.until_another_day(19).await;
    week.fleet.stage.knack.clear_faults();
    let before = week.refreshes().await;
    week.silent(NOON).await;
    assert_eq!(week.refreshes().await, before + 3);
    week.hours(5).await;
    let down = ProxyFault::Status {
        code: 503,
        body: json!(null),
        headers: BTreeMap::new(),
    };
    week.fleet.stage.proxy.inject(ProxyRule::new(down));
    let without_database = week.cron(EVENING).await;
    let says = ["no school was refreshed", "database is not responding"];
    assert_one_sentence(&without_database, 75, &says);
    week.fleet.stage.proxy.clear();

    // Thursday: noon makes up for that. In the evening somebody has revoked Knack's key.
    week.until_another_day(19).await;
    week.silent(NOON).await;
    week.hours(5).await;
    knack_is(
        &week,
        Fault::Status {
            code: 401,
            body: "Invalid API key".to_owned(),
        },
    );
    let revoked = week.cron(EVENING).await;
    assert_one_sentence(&revoked, 5, &["3 of 3 schools", "knack_refused"]);
    week.told(3, "(knack_refused)").await;

    // Friday: there is a new key, but the day's requests are used up until midnight. Both lines fail, and the launcher is
    // restarted between them: it does not repeat itself.
    week.until_another_day(19).await;
    week.fleet.stage.knack.clear_faults();
    knack_is(&week, Fault::DailyCapReached);
    let used_up = week.cron(NOON).await;
    assert_one_sentence(&used_up, 5, &["3 of 3 schools", "knack_refused"]);
    week.told(3, "(knack_refused)").await;
    week.hours(5).await;
    week.restart_launcher().await;
    let used_up = week.cron(EVENING).await;
    assert_one_sentence(&used_up, 5, &["3 of 3 schools", "knack_refused"]);
    week.fleet.stage.knack.clear_faults();

    // The weekend, on which cron does nothing. On Sunday, three days after the last success, the launcher says so by itself, and
    // whoever reads it refreshes by hand.
    week.until_another_day(24).await;
    week.until_another_day(24).await;
    week.told(
        1,
        "3 schools have not been brought up to date for more than 72 hours",
    )
    .await;
    week.silent(EVENING).await;

    // Monday: a school is gone, and in the afternoon somebody deletes the field of a score in Knack's builder.
    week.until_another_day(19).await;
    let gone = week.fleet.ids[2].clone();
    let stage = &week.fleet.stage;
    let deleted = "delete from establishments where knack_id = $1";
    assert_eq!(stage.db.execute(deleted, &gone).await, 1);
    week.silent(NOON).await;
    // Who still has a line of cron for the school that is gone is told to remove it.
    let line = format!("refresh --school {gone} --quiet");
    let unknown = week.cron(&line).await;
    assert_one_sentence(&unknown, 4, &[&gone, "establishment_not_found"]);
    week.hours(5).await;
    let stage = &week.fleet.stage;
    let mut before = None;
    stage.knack.rebuild("object_10", |object| {
        before = Some(object.clone());
        object.fields.retain(|field| field.key != "field_156");
    });
    // The look at the fields is due once a day.
    let mut environment = stage.environment().into_iter();
    let budget = environment.find(|(name, _)| *name == "KNACK_BUDGET");
    let budget = budget.expect("it is set").1.replace("file:", "");
    std::fs::remove_file(budget + ".due").expect("the fields were looked at");
    let changed = week.cron(EVENING).await;
    let says = ["2 of 2 schools refreshed only in part", "runs --failed"];
    assert_one_sentence(&changed, 9, &says);
    week.told(2, "refreshed only in part (fields_changed: 1)")
        .await;

    // Tuesday: the field is back, and the week ends as it began.
    week.until_another_day(24).await;
    let stage = &week.fleet.stage;
    let before = before.expect("there was one");
    stage.knack.rebuild("object_10", |object| *object = before);
    week.silent(EVENING).await;
    week.told(0, "").await;
}
