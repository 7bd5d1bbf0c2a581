//! Processes as the system reports them: which one started which, and which are still alive.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// What follows `label` on a line of a child's output, once it has said so.
pub(crate) fn announced(holder: &mut Child, label: &str) -> String {
    BufReader::new(holder.stdout.take().unwrap())
        .lines()
        .find_map(|line| line.unwrap().strip_prefix(label).map(str::to_owned))
        .unwrap()
}

/// Waits until none of these processes lives and the folder is gone.
pub(crate) async fn until_gone(started: &BTreeSet<u32>, folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while started.iter().any(|pid| is_alive(*pid)) || folder.exists() {
        assert!(
            Instant::now() < deadline,
            "still there: {:?}, {}",
            alive(started),
            folder.display()
        );
        tokio::time::sleep(Duration::from_millis(10)).await; // before looking again
    }
}

/// The processes a process has started, and those that they have.
pub(crate) fn descendants(ancestor: u32) -> BTreeSet<u32> {
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
