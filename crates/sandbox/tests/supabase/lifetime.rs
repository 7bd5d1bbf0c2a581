//! Nothing outlives the process that started it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::postgres::Cluster;

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
    let folder = announced_folder(&mut holder);
    let started = descendants(holder.id());
    assert!(
        started.len() >= 4,
        "two guards, a database server, Supabase Lite: {started:?}"
    );
    assert!(Path::new(&folder).exists());

    holder.kill().unwrap(); // SIGKILL: no destructor runs
    holder.wait().unwrap();

    let deadline = Instant::now() + Duration::from_secs(20);
    while started.iter().any(|pid| is_alive(*pid)) || Path::new(&folder).exists() {
        assert!(
            Instant::now() < deadline,
            "still there: {:?}, {folder}",
            alive(&started)
        );
        tokio::time::sleep(Duration::from_millis(10)).await; // before looking again
    }
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

fn announced_folder(holder: &mut Child) -> String {
    BufReader::new(holder.stdout.take().unwrap())
        .lines()
        .find_map(|line| line.unwrap().strip_prefix("folder: ").map(str::to_owned))
        .unwrap()
}

fn descendants(ancestor: u32) -> BTreeSet<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((pid, parent_and_state(pid)?.0))
        })
        .collect();
    let mut found = BTreeSet::from([ancestor]);
    loop {
        let more: Vec<u32> = parents
            .iter()
            .filter(|(pid, parent)| found.contains(parent) && !found.contains(pid))
            .map(|(pid, _)| *pid)
            .collect();
        if more.is_empty() {
            found.remove(&ancestor);
            return found;
        }
        found.extend(more);
    }
}

fn parent_and_state(pid: u32) -> Option<(u32, String)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ');
    let state = fields.next()?.to_owned();
    Some((fields.next()?.parse().ok()?, state))
}

/// A zombie that nobody has collected yet is dead.
fn is_alive(pid: u32) -> bool {
    parent_and_state(pid).is_some_and(|(_, state)| state != "Z")
}

fn alive(pids: &BTreeSet<u32>) -> Vec<u32> {
    pids.iter().copied().filter(|pid| is_alive(*pid)).collect()
}
