//! The processes of this machine, as `/proc` lists them.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// A process.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) id: i32,
    /// `R`, `S`, `T`, `Z` and so on.
    pub(crate) state: char,
    pub(crate) parent: i32,
    pub(crate) group: i32,
}

impl Process {
    /// The process with this id; a zombie too.
    pub(crate) fn find(id: i32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name may hold anything, parentheses too.
        let (_, fields) = stat.rsplit_once(") ")?;
        let mut fields = fields.split(' ');
        Some(Self {
            id,
            state: fields.next()?.chars().next()?,
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
        })
    }

    fn all() -> impl Iterator<Item = Self> {
        let entries = fs::read_dir("/proc").expect("there is a /proc");
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter_map(|name| Self::find(name.parse().ok()?))
    }

    /// Whether it can still do anything. A zombie cannot; it waits for its parent to take note.
    fn is_alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }
}

/// Whether there is such a process, and it can still do anything.
pub(crate) fn is_alive(id: i32) -> bool {
    Process::find(id).is_some_and(|process| process.is_alive())
}

/// Who of a process group is alive.
pub(crate) fn alive_in_group(group: i32) -> Vec<Process> {
    let all = Process::all();
    all.filter(|it| it.group == group && it.is_alive())
        .collect()
}

/// The living children of a process.
pub(crate) fn children_of(parent: i32) -> Vec<Process> {
    let all = Process::all();
    all.filter(|it| it.parent == parent && it.is_alive())
        .collect()
}

/// How many children a process has, at little cost.
pub(crate) fn number_of_children(parent: i32) -> usize {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).expect("it lives");
    let lists = tasks.flatten().map(|task| {
        let children = fs::read_to_string(task.path().join("children"));
        children.unwrap_or_default().split_whitespace().count()
    });
    lists.sum()
}

/// Children that ended and that their parent took no note of.
pub(crate) fn zombies_of(parent: i32) -> Vec<Process> {
    let all = Process::all();
    all.filter(|it| it.parent == parent && !it.is_alive())
        .collect()
}

/// A file of `/proc` that holds texts, each ended by a NUL: the arguments or the environment.
pub(crate) fn texts(id: i32, file: &str) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{id}/{file}")).expect("the process lives");
    let texts = bytes.split(|byte| *byte == 0).filter(|it| !it.is_empty());
    texts
        .map(|it| String::from_utf8_lossy(it).into_owned())
        .collect()
}

/// What a process has open: `pipe:[…]`, `socket:[…]`, paths.
pub(crate) fn open_files(id: i32) -> Vec<String> {
    let folder = format!("/proc/{id}/fd");
    let entries = fs::read_dir(folder).expect("the process lives");
    let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links
        .map(|link| link.to_string_lossy().into_owned())
        .collect()
}

/// A link of `/proc`: where a process is, or what it runs.
pub(crate) fn link(id: i32, name: &str) -> String {
    let link = fs::read_link(Path::new("/proc").join(id.to_string()).join(name));
    link.expect("the process lives")
        .to_string_lossy()
        .into_owned()
}

/// The most memory that a process ever had, in bytes.
pub(crate) fn peak_memory(id: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("the process lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: u64 = kilobytes
        .and_then(|number| number.parse().ok())
        .expect("it is told in kB");
    kilobytes * 1_024
}

/// How much time of the processors a process has used, to a hundredth of a second.
pub(crate) fn cpu_time(id: i32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("the process lives");
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks = ticks.map(|number| number.parse::<u64>().expect("a number"));
    Duration::from_millis(10 * ticks.sum::<u64>())
}
