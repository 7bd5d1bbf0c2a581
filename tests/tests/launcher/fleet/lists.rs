//! `sync-launcher schools` and `sync-launcher runs`.

use serde_json::{Value, json};

use super::world::{Fleet, command, document, ended, run};

#[tokio::test]
async fn schools_are_listed_with_when_they_were_refreshed_and_which_are_stale() {
    let fleet = Fleet::of(2).await;
    let launcher = fleet.launcher().start().await;
    let refresh = format!("refresh --quiet --school {}", fleet.ids[0]);
    run(&launcher, &refresh).await;

    let listed = run(&launcher, "schools").await;

    assert_eq!(listed.code, Some(0), "{listed:?}");
    let schools = document(&listed)["schools"].clone();
    let by_id = |id: &str| -> Value {
        let schools = schools.as_array().unwrap().iter();
        let mut schools = schools.filter(|school| school["establishment_id"] == json!(id));
        schools.next().expect("it is listed").clone()
    };
    assert_eq!(by_id(&fleet.ids[0])["stale"], false);
    assert!(by_id(&fleet.ids[0])["last_refresh_at"].is_string());
    assert_eq!(by_id(&fleet.ids[1])["stale"], true);
    assert_eq!(by_id(&fleet.ids[1])["last_refresh_at"], Value::Null);
    assert_eq!(by_id(&fleet.ids[1])["name"], "Branch 1");
}

#[tokio::test]
async fn runs_are_listed_newest_first_of_one_school_or_of_all_and_those_that_failed_alone() {
    let fleet = Fleet::of(2).await;
    let knack = &fleet.stage.knack;
    let launcher = fleet.launcher().start().await;
    run(&launcher, "refresh --all --quiet").await;
    let refused = sandbox::knack::Fault::DailyCapReached;
    knack.inject(sandbox::knack::KnackRule::new(refused));
    let failed = fleet.stage.run().await;
    assert_eq!(failed.code, Some(5), "{failed:?}");

    let of = async |line: &str| document(&run(&launcher, line).await)["runs"].clone();

    let all = of("runs").await;
    let outcomes: Vec<&str> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["failed", "succeeded", "succeeded"]);
    assert_eq!(
        all[0]["establishment_name"],
        json!(all[0]["establishment_name"])
    );
    assert!(all[0]["message"].as_str().unwrap().contains("Knack"));
    assert_eq!(all[2]["started_by"], "fleet");
    let one = of(&format!("runs --school {}", fleet.ids[1])).await;
    assert_eq!(one.as_array().map(Vec::len), Some(1), "{one}");
    let failed = of("runs --failed").await;
    assert_eq!(failed.as_array().map(Vec::len), Some(1), "{failed}");
    let last = of("runs --last 2").await;
    assert_eq!(last.as_array().map(Vec::len), Some(2), "{last}");
}

#[tokio::test]
async fn a_list_that_cannot_be_had_is_one_sentence_and_an_exit_code() {
    let fleet = Fleet::of(1).await;
    let launcher = fleet.launcher().start().await;
    let unknown = run(&launcher, "runs --school 0123456789abcdef01234567").await;
    assert_eq!(unknown.code, Some(4), "{unknown:?}");
    let url = launcher.url().to_owned();
    drop(launcher);
    for line in ["schools", "runs"] {
        let away = ended(command(&url, line).spawn().unwrap()).await;
        assert_eq!(away.code, Some(75), "{away:?}");
        assert_eq!(away.stderr.lines().count(), 1, "{away:?}");
        assert_eq!(away.stdout, "");
    }
}

#[tokio::test]
async fn a_terminal_shows_tables_a_line_a_school_and_one_at_the_end() {
    let fleet = Fleet::of(2).await;
    let launcher = fleet.launcher().start().await;
    let shown = async |line: &str| {
        let told = command(launcher.url(), line);
        let told = told.as_std();
        let words = std::iter::once(told.get_program()).chain(told.get_args());
        let line: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
        let output = tokio::process::Command::new("script")
            .args([
                "--quiet",
                "--return",
                "--command",
                &line.join(" "),
                "/dev/null",
            ])
            .env_clear()
            .envs(
                told.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(std::process::Stdio::null())
            .output()
            .await
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };

    let refreshed = shown("refresh --all").await;

    assert!(refreshed.contains("[2/2] "), "{refreshed}");
    assert!(refreshed.contains("2 schools: 2 refreshed."), "{refreshed}");
    let schools = shown("schools").await;
    let branch = schools.lines().find(|line| line.contains("Branch 1"));
    assert!(branch.unwrap().starts_with(&fleet.ids[1]), "{schools}");
    let runs = shown("runs").await;
    assert!(runs.starts_with("STARTED"), "{runs}");
    assert!(runs.contains("succeeded"), "{runs}");
    let json = shown("schools --json").await;
    assert!(json.trim_start().starts_with('{'), "{json}");
}
