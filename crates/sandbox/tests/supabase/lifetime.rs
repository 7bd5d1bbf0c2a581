//! Nothing outlives the process that started it.

use std::path::Path;
use std::process::{Command, Stdio};

use sandbox::postgres::Cluster;

use crate::processes::{announced, descendants, until_gone};
use crate::support::{options, start};

const WORLD: &str = "hold-a-world";

#[tokio::test]
async fn a_killed_process_leaves_nothing_behind() {
    if std::env::args().any(|argument| argument == WORLD) {
        return hold_a_world().await;
    }
    // This very test once more, which now holds a world until it is killed.
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--nocapture",
            "lifetime::a_killed_process_leaves_nothing_behind",
            WORLD,
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let folder = announced(&mut holder, "folder: ");
    let started = descendants(holder.id());
    assert!(
        started.len() >= 4,
        "two guards, a database server, Supabase Lite: {started:?}"
    );
    assert!(Path::new(&folder).exists());

    holder.kill().unwrap(); // SIGKILL: no destructor runs
    holder.wait().unwrap();

    until_gone(&started, Path::new(&folder)).await;
}

#[tokio::test]
async fn dropping_a_cluster_ends_it_and_removes_its_folder() {
    let cluster = Cluster::start().await.unwrap();
    let database = cluster.database("dropped").await.unwrap();
    let client = database.connect().await.unwrap(); // an open session does not hold it up
    let folder = data_folder(&client).await;
    assert!(Path::new(&folder).exists());
    drop(cluster);
    assert!(!Path::new(&folder).exists());
    assert!(database.connect().await.is_err());
}

async fn hold_a_world() {
    let cluster = Cluster::shared().await.unwrap();
    let database = cluster.database("world").await.unwrap();
    let _supabase = start(options(&database)).await;
    let client = database.connect().await.unwrap();
    println!("\nfolder: {}", data_folder(&client).await);
    std::future::pending::<()>().await;
}

async fn data_folder(client: &tokio_postgres::Client) -> String {
    client
        .query_one("show data_directory", &[])
        .await
        .unwrap()
        .get(0)
}
