//! What must hold at the end, and what it came to.

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::processes::{self, Holding};
use crate::tally::{Tally, say, table};
use crate::world::World;

/// How many more files the launcher may hold than before: connections that are kept for the next request.
const MOST_DESCRIPTORS: usize = 2;
const MOST_MEMORY_MB: f64 = 5.0;

/// All of them.
pub(crate) struct Checks {
    tally: Tally,
    rows: Vec<Check>,
}

struct Check {
    name: &'static str,
    found: String,
    is_good: bool,
}

/// Ends everything in order, and looks at what is left.
pub(crate) async fn at_the_end(world: World, before: &Holding, after: &Holding) -> Result<Checks> {
    let pid = world.service.pid().context("there is a launcher")?;
    let children = processes::children(pid);
    let zombies = children.iter().filter(|it| it.is_zombie).count();
    let free = world.refresh_all().await;
    let equal = world.schools.rows_equal_to_knack(&world.stage).await;
    world.end_launcher(Signal::SIGTERM).await?;
    let orphans = world.processes().len();
    let check = |name, found: String, is_good| Check {
        name,
        found,
        is_good,
    };
    let files = after.descriptors.saturating_sub(before.descriptors);
    let memory = after.memory_mb - before.memory_mb;
    let bugs = world.tally.of("`internal`") + world.tally.of("no code");
    let rows = vec![
        check(
            "every school can be refreshed",
            outcome(&free),
            free.is_ok(),
        ),
        check(
            "every row is as Knack holds it",
            equal
                .as_ref()
                .map_or_else(|error| format!("{error:#}"), |rows| format!("{rows} rows")),
            equal.is_ok(),
        ),
        check(
            "refreshes without a launcher",
            orphans.to_string(),
            orphans == 0,
        ),
        check("zombies", zombies.to_string(), zombies == 0),
        check("answers that only a bug gives", bugs.to_string(), bugs == 0),
        check(
            "the launcher's open files, before and after",
            format!("{} and {}", before.descriptors, after.descriptors),
            files <= MOST_DESCRIPTORS,
        ),
        check(
            "the launcher's memory, before and after",
            format!("{:.1} MB and {:.1} MB", before.memory_mb, after.memory_mb),
            memory <= MOST_MEMORY_MB,
        ),
        check(
            "refreshes that outlived an ended launcher, longest",
            format!("{:.1} s", world.longest_left.get().as_secs_f64()),
            true,
        ),
    ];
    Ok(Checks {
        tally: world.tally,
        rows,
    })
}

fn outcome(free: &Result<()>) -> String {
    match free {
        Ok(()) => "yes".to_owned(),
        Err(error) => format!("{error:#}"),
    }
}

impl Checks {
    /// Prints them; whether all are good.
    pub(crate) fn print(&self) -> Result<bool> {
        self.tally.print()?;
        let rows = self.rows.iter().map(|check| {
            let verdict = if check.is_good { "good" } else { "**bad**" };
            [
                check.name.to_owned(),
                check.found.clone(),
                verdict.to_owned(),
            ]
        });
        table(["at the end", "found", ""], rows)?;
        let is_good = self.rows.iter().all(|check| check.is_good);
        say(if is_good {
            "\nAll is well."
        } else {
            "\nSomething is wrong: see the table."
        })?;
        Ok(is_good)
    }
}
