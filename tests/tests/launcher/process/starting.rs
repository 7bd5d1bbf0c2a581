//! A refresh that cannot be started any more: its program was there when the launcher started.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use e2e::{Launcher, Stage, program};
use tempfile::TempDir;

use crate::processes;

/// A school, and a launcher that is to start what is taken away from it.
struct Scene {
    launcher: Launcher,
    stage: Stage,
    path: PathBuf,
    _folder: TempDir,
}

impl Scene {
    async fn set() -> Self {
        let stage = Stage::with_class(1).await;
        let folder = TempDir::new().expect("a folder can be made");
        let path = folder.path().join("refresh");
        symlink(refresh(), &path).expect("a link can be made");
        let launcher = stage
            .launcher()
            .cli(&path)
            .env("LAUNCHER_FAILURE_COOLDOWN_SECONDS", "0")
            .start()
            .await;
        launcher.get("/readyz").await.expect_status(200);
        fs::remove_file(&path).expect("it is ours");
        Self {
            launcher,
            stage,
            path,
            _folder: folder,
        }
    }

    async fn assert_unavailable(&self) {
        let readiness = self.launcher.get("/readyz").await;
        assert_eq!(readiness.expect_status(503)["ready"], false);
        let answer = self.launcher.refresh(&self.stage.knack_id).await;
        let problem = answer.expect_problem(500, "cli_unavailable");
        // An administrator knows what to mend, and where it lies only they.
        let detail = problem["detail"].as_str().expect("it is a sentence");
        assert!(detail.contains("LAUNCHER_CLI"), "{detail}");
        let path = self.path.to_string_lossy();
        assert!(!answer.text.contains(&*path), "{problem}");
        assert!(processes::zombies_of(self.launcher.pid()).is_empty());
        self.stage.assert_untouched().await;
    }

    /// Nothing is held against the school or the launcher once the program is there.
    async fn assert_mended(&self) {
        self.launcher.get("/readyz").await.expect_status(200);
        let answer = self.launcher.refresh(&self.stage.knack_id).await;
        let body = answer.expect_status(200);
        assert_eq!(body["joined"], false);
        assert_eq!(body["summary"]["students_synced"], 1);
    }
}

fn refresh() -> PathBuf {
    program("sync-single-establishment")
}

fn make_executable(path: &Path, mode: u32) {
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(path, permissions).expect("it is ours");
}

#[tokio::test]
async fn a_program_that_is_taken_away_is_unavailable_until_it_is_there() {
    let scene = Scene::set().await;

    scene.assert_unavailable().await;
    scene.assert_unavailable().await;

    symlink(refresh(), &scene.path).unwrap();
    scene.assert_mended().await;
}

#[tokio::test]
async fn a_program_that_may_not_be_executed_is_unavailable_until_it_may() {
    let scene = Scene::set().await;
    fs::copy(refresh(), &scene.path).unwrap();
    make_executable(&scene.path, 0o644);

    scene.assert_unavailable().await;

    make_executable(&scene.path, 0o755);
    scene.assert_mended().await;
}

#[tokio::test]
async fn a_text_in_its_place_is_unavailable_until_it_is_a_program() {
    // The second asks for an interpreter that nobody has.
    for text in ["refresh, please\n", "#!/nonexistent/interpreter\n"] {
        let scene = Scene::set().await;
        fs::write(&scene.path, text).unwrap();
        make_executable(&scene.path, 0o755);

        scene.assert_unavailable().await;

        fs::remove_file(&scene.path).unwrap();
        symlink(refresh(), &scene.path).unwrap();
        scene.assert_mended().await;
    }
}

#[tokio::test]
async fn a_folder_in_its_place_is_unavailable_until_it_is_a_program() {
    let scene = Scene::set().await;
    fs::create_dir(&scene.path).unwrap();

    scene.assert_unavailable().await;

    fs::remove_dir(&scene.path).unwrap();
    symlink(refresh(), &scene.path).unwrap();
    scene.assert_mended().await;
}
