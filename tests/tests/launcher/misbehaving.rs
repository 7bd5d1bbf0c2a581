//! A launcher whose refresh does not do as it should (`tests/src/bin/misbehave`), and what must hold afterwards.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use e2e::{Answer, Launcher, LauncherBuilder, Stage, program, until};
use tempfile::TempDir;

use crate::processes;

/// The program in the place of the refresh. All that it starts ends when this is dropped.
pub(crate) struct Misbehaving {
    folder: TempDir,
}

impl Misbehaving {
    /// One that behaves like this.
    pub(crate) fn like(behaviour: &str) -> Self {
        let misbehaving = Self {
            folder: TempDir::new().expect("a folder can be made"),
        };
        symlink(program("misbehave"), misbehaving.path()).expect("a link can be made");
        misbehaving.now(behaviour);
        misbehaving
    }

    /// From its next start on it behaves like this.
    pub(crate) fn now(&self, behaviour: &str) {
        self.write("behaviour", behaviour);
    }

    /// From now on it answers `--version` like this, whenever it is asked.
    pub(crate) fn version(&self, behaviour: &str) {
        self.write("version", behaviour);
    }

    /// How often it was asked for its version.
    pub(crate) fn asked(&self) -> usize {
        let asked = fs::read_to_string(self.folder.path().join("asked"));
        asked.map_or(0, |dots| dots.len())
    }

    /// What the launcher is to start.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("refresh")
    }

    /// The members that it adds to its summary.
    pub(crate) fn reports(&self, members: &serde_json::Value) {
        self.write("members", &members.to_string());
    }

    /// What it answers to a question.
    pub(crate) fn answers(&self, answer: &serde_json::Value) {
        self.write("answer", &answer.to_string());
    }

    /// The question that it was asked, as soon as it was, and its arguments and variables.
    pub(crate) async fn asked_for(&self) -> [String; 2] {
        let question = self.folder.path().join("question");
        until("a question is asked", || question.exists()).await;
        let seen = self.folder.path().join("seen");
        [question, seen].map(|file| fs::read_to_string(file).expect("the file is there"))
    }

    /// Lets it finish, where it waits for that.
    pub(crate) fn may_finish(&self) {
        self.write("go", "");
    }

    /// Whether it took note of TERM, where it does.
    pub(crate) fn was_asked_to_end(&self) -> bool {
        self.folder.path().join("terminated").exists()
    }

    /// The process, as soon as there is one; the last one if there were several.
    pub(crate) async fn pid(&self) -> i32 {
        self.pid_in("pid").await
    }

    /// The process that it left behind.
    pub(crate) async fn relative(&self) -> i32 {
        self.pid_in("relative").await
    }

    async fn pid_in(&self, name: &str) -> i32 {
        let file = self.folder.path().join(name);
        until("a process tells its id", || file.exists()).await;
        let id = fs::read_to_string(file).expect("the file is there");
        id.parse().expect("it holds an id")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("the file can be written");
    }
}

/// A school, a launcher, and a refresh that misbehaves.
pub(crate) struct Scene {
    // Dropped first, so that nothing is started any more.
    pub(crate) launcher: Launcher,
    pub(crate) program: Misbehaving,
    pub(crate) stage: Stage,
}

impl Scene {
    /// One where the refresh behaves like this.
    pub(crate) async fn of(behaviour: &str) -> Self {
        Self::with(behaviour, |launcher| launcher).await
    }

    /// The same, with settings of the launcher.
    pub(crate) async fn with(
        behaviour: &str,
        set: impl FnOnce(LauncherBuilder) -> LauncherBuilder,
    ) -> Self {
        let stage = Stage::with_pupils([]).await;
        let program = Misbehaving::like(behaviour);
        let launcher = set(launcher(&stage, &program)).start().await;
        Self {
            launcher,
            program,
            stage,
        }
    }

    /// Refreshes the school, and waits for it.
    pub(crate) async fn refresh(&self) -> Answer {
        self.launcher.refresh(&self.stage.knack_id).await
    }

    /// Starts a refresh of the school; returns the run's path.
    pub(crate) async fn start_refresh(&self) -> String {
        self.launcher.start_refresh(&self.stage.knack_id).await
    }

    /// A counter or gauge of the launcher's.
    pub(crate) async fn metric(&self, name: &str) -> String {
        let metrics = self.launcher.get("/metrics").await;
        let value = metrics.text.lines().find_map(|line| {
            let (of, value) = line.split_once(' ')?;
            (of == name).then(|| value.to_owned())
        });
        value.unwrap_or_else(|| panic!("no {name} in {}", metrics.text))
    }

    /// Waits until so many runs have ended, and all that was said of them is in the log.
    pub(crate) async fn runs_are_logged(&self, runs: usize) {
        until("the runs' ends are logged", || {
            let log = self.launcher.log();
            let ended = log.iter().filter(|line| line.contains("a run has ended"));
            ended.count() == runs
        })
        .await;
    }

    /// Asserts that the last process and its group are gone, that nobody was forgotten, and that the school is free.
    pub(crate) async fn assert_nothing_is_left(&self) {
        self.assert_no_process_is_left().await;
        self.assert_school_is_free().await;
    }

    /// Asserts that the last process and its group are gone, and that the launcher took note.
    pub(crate) async fn assert_no_process_is_left(&self) {
        let group = self.program.pid().await;
        until("the process group is gone", || {
            processes::alive_in_group(group).is_empty()
        })
        .await;
        let zombies = processes::zombies_of(self.launcher.pid());
        assert!(zombies.is_empty(), "{zombies:?}");
    }

    /// Asserts that the next refresh is a new one, and goes well if its program does.
    pub(crate) async fn assert_school_is_free(&self) {
        self.program.now("behaves");
        let next = self.refresh().await;
        assert_eq!(next.expect_status(200)["joined"], false, "{}", next.text);
    }
}

/// A launcher in this world that starts this program, and lets a school be refreshed as often as one likes.
pub(crate) fn launcher(stage: &Stage, program: &Misbehaving) -> LauncherBuilder {
    stage
        .launcher()
        .cli(&program.path())
        .env("LAUNCHER_COOLDOWN_SECONDS", "0")
        .env("LAUNCHER_FAILURE_COOLDOWN_SECONDS", "0")
}
