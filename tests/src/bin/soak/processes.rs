//! The processes of the launcher and its refreshes, as `/proc` shows them.

use std::fs;

use anyhow::{Context, Result};

/// One process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process {
    pub(crate) id: i32,
    pub(crate) parent: i32,
    /// It has ended, and its parent has not taken note.
    pub(crate) is_zombie: bool,
}

/// What a process holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holding {
    pub(crate) descriptors: usize,
    pub(crate) memory_mb: f64,
}

fn all() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(of).collect()
}

fn of(id: i32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name may hold anything, parentheses too.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    Some(Process {
        id,
        is_zombie: matches!(fields.next()?, "Z" | "X"),
        parent: fields.next()?.parse().ok()?,
    })
}

/// The children of a process, zombies too.
pub(crate) fn children(parent: i32) -> Vec<Process> {
    all().into_iter().filter(|it| it.parent == parent).collect()
}

/// The living processes with this text in their environment, which only those of one world have.
pub(crate) fn with_in_environment(text: &str) -> Vec<Process> {
    let holds = |process: &Process| {
        let environment = fs::read(format!("/proc/{}/environ", process.id)).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(text)
    };
    all().into_iter().filter(holds).collect()
}

/// What a process holds now.
pub(crate) fn holding(id: i32) -> Result<Holding> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: f64 = line
        .and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
        .context("its memory cannot be read")?;
    Ok(Holding {
        descriptors: fs::read_dir(format!("/proc/{id}/fd"))?.count(),
        memory_mb: kilobytes / 1e3,
    })
}
