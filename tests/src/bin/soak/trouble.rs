//! What goes wrong: one thing after another, at random, each for a moment.

use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sandbox::knack::{Fault as KnackFault, KnackRule};
use sandbox::proxy::{Fault, PostgrestCode, ProxyRule};

use crate::processes;
use crate::world::World;

/// Whether the launcher is killed and started again among other things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Restarts {
    Too,
    None,
}

/// Makes one thing go wrong, and waits until it is over.
pub(crate) async fn one(world: &World, rng: &mut Rng, restarts: Restarts) -> Result<()> {
    let time = Duration::from_millis(rng.u64(100..1_500));
    match rng.u8(..20) {
        0..=6 => {
            let (name, fault) = of_knack(rng);
            world.tally.count(format!("Knack: {name}"));
            world.stage.knack.inject(KnackRule::new(fault));
            tokio::time::sleep(time).await;
            world.stage.knack.clear_faults();
        }
        7..=12 => {
            let (name, fault) = of_supabase(rng);
            world.tally.count(format!("Supabase: {name}"));
            world.stage.proxy.inject(ProxyRule::new(fault));
            tokio::time::sleep(time).await;
            world.stage.proxy.clear();
        }
        13..=14 => {
            world.tally.count("Redis: frozen");
            world.redis.pause()?;
            tokio::time::sleep(time).await;
            world.redis.resume()?;
        }
        15..=17 => strike_a_refresh(world, rng, time).await,
        _ if restarts == Restarts::Too => {
            let signal = if rng.bool() {
                Signal::SIGKILL
            } else {
                Signal::SIGTERM
            };
            world.tally.count(format!("launcher: got {signal}"));
            world.end_launcher(signal).await?;
            world.service.start_again(&world.stage).await;
        }
        _ => tokio::time::sleep(time).await,
    }
    Ok(())
}

fn of_knack(rng: &mut Rng) -> (&'static str, KnackFault) {
    let status = |code| KnackFault::Status {
        code,
        body: "it failed".to_owned(),
    };
    match rng.u8(..10) {
        0 => ("500", status(500)),
        1 => ("503", status(503)),
        2 => ("429", KnackFault::TooManyRequests),
        3 => ("connections reset", KnackFault::Reset),
        4 => ("bodies cut", KnackFault::CutBody),
        5 => ("no answer", KnackFault::Hang),
        6 => ("a page of HTML", KnackFault::Html),
        7 => ("half of the JSON", KnackFault::Truncated200),
        8 => ("short pages", KnackFault::ShortPage { missing: 2 }),
        _ => ("slow", KnackFault::Delay(Duration::from_millis(700))),
    }
}

fn of_supabase(rng: &mut Rng) -> (&'static str, Fault) {
    let postgrest = |code| Fault::Postgrest { code };
    match rng.u8(..9) {
        0 => ("502", Fault::GatewayHtml { code: 502 }),
        1 => ("520", Fault::GatewayHtml { code: 520 }),
        2 => ("connections reset", Fault::Reset),
        3 => ("no answer", Fault::Hang),
        4 => ("answers cut", Fault::Cut),
        5 => ("answers lost", Fault::CutAfterWrite),
        6 => ("deadlocks", postgrest(PostgrestCode::DeadlockDetected)),
        7 => (
            "statements too slow",
            postgrest(PostgrestCode::QueryCanceled),
        ),
        _ => ("slow", Fault::Delay(Duration::from_millis(700))),
    }
}

/// Sends a signal to one of the running refreshes.
async fn strike_a_refresh(world: &World, rng: &mut Rng, time: Duration) {
    let children = world
        .service
        .pid()
        .map(processes::children)
        .unwrap_or_default();
    if children.is_empty() {
        return tokio::time::sleep(time).await;
    }
    let child = Pid::from_raw(children[rng.usize(..children.len())].id);
    let signal = match rng.u8(..4) {
        0 => Signal::SIGTERM,
        1 => Signal::SIGSTOP,
        _ => Signal::SIGKILL,
    };
    // It may have ended meanwhile.
    if kill(child, signal).is_ok() {
        world.tally.count(format!("refresh: got {signal}"));
    }
    tokio::time::sleep(time).await;
    // Some stay suspended until the launcher ends them.
    if signal == Signal::SIGSTOP && rng.bool() {
        let _ = kill(child, Signal::SIGCONT);
    }
}
