//! What a refresh is given: what it needs, and nothing else.

use e2e::LauncherBuilder;

use crate::misbehaving::Scene;
use crate::processes::{self, Process};

/// Of these, nothing may reach a refresh.
const KEPT: [(&str, &str); 12] = [
    ("LAUNCHER_METRICS_TOKEN", "hidden-metrics-token"),
    ("LAUNCHER_CORS_ORIGINS", "https://hidden.example"),
    ("REDIS_URL", "redis://:hidden@127.0.0.1:1/0"),
    ("DATABASE_URL", "postgres://hidden@localhost/db"),
    ("PGPASSWORD", "hidden"),
    ("AWS_SECRET_ACCESS_KEY", "hidden"),
    ("KNACK_STAFF_VIEW", "scene_1/view_1"),
    ("PATH", "/usr/bin:/bin"),
    ("HOME", "/root"),
    ("SYNC_RUN_ID", "hidden"),
    ("SYNC_STARTED_BY", "hidden"),
    ("RUST_LOG", "trace"),
];

/// These are for it.
const PASSED_ON: [(&str, &str); 4] = [
    ("TZ", "Europe/London"),
    ("LANG", "C.UTF-8"),
    ("TMPDIR", "/tmp"),
    ("KNACK_TIMEOUT_SECONDS", "20"),
];

fn with_much_around_it(launcher: LauncherBuilder) -> LauncherBuilder {
    let all = KEPT.iter().chain(&PASSED_ON);
    all.fold(launcher, |launcher, (name, value)| {
        launcher.env(name, value)
    })
}

#[tokio::test]
async fn its_environment_holds_what_it_needs_and_nothing_else() {
    let scene = Scene::with("waits", with_much_around_it).await;
    let run = scene.start_refresh().await;
    let pid = scene.program.pid().await;

    let mut found = processes::texts(pid, "environ");
    found.sort();

    let id = run.rsplit('/').next().unwrap();
    let of_stage = scene.stage.environment();
    let passed_on = PASSED_ON.map(|(name, value)| (name, value.to_owned()));
    let own = [
        ("SYNC_RUN_ID", id.to_owned()),
        ("SYNC_STARTED_BY", "anybody".to_owned()),
    ];
    let expected = of_stage.into_iter().chain(passed_on).chain(own);
    let mut expected: Vec<String> = expected
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn its_arguments_are_these_and_none_of_them_is_secret() {
    let scene = Scene::of("waits").await;
    scene.start_refresh().await;
    let pid = scene.program.pid().await;

    let found = processes::texts(pid, "cmdline");

    assert_eq!(
        found,
        [
            scene.program.path().to_str().unwrap(),
            &format!("--establishment-id={}", scene.stage.knack_id),
            "--timeout=285",
            "--progress=json",
            "--exit-on-stdin-close",
            "--report-changes",
            "--ignore-signals",
        ]
    );
}

#[tokio::test]
async fn it_leads_a_group_of_its_own_and_holds_nothing_of_the_launcher_but_its_pipes() {
    let scene = Scene::of("waits").await;
    scene.start_refresh().await;
    let pid = scene.program.pid().await;

    let process = Process::find(pid).unwrap();

    assert_eq!(process.parent, scene.launcher.pid());
    assert_eq!(process.group, pid);
    let launcher = Process::find(scene.launcher.pid()).unwrap();
    assert_ne!(process.group, launcher.group);
    assert_eq!(processes::link(pid, "cwd"), "/");
    for descriptor in ["0", "1", "2"] {
        let open = processes::link(pid, &format!("fd/{descriptor}"));
        assert!(open.starts_with("pipe:"), "{open}");
    }
    // Whoever runs the tests may leave other files open; what the launcher opens itself beside files are sockets.
    let open = processes::open_files(pid);
    assert!(!open.iter().any(|it| it.starts_with("socket:")), "{open:?}");
}
