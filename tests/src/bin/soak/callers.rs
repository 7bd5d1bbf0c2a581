//! People who refresh schools: they wait, leave, follow or cancel.

use std::time::Duration;

use fastrand::Rng;

use crate::service::Answered;
use crate::world::World;

/// Asks once for a refresh of any school, in one of the ways in which people do.
pub(crate) async fn one(world: &World, rng: &mut Rng) {
    let school = world.schools.any(rng);
    let tally = &world.tally;
    match rng.u8(..10) {
        0..=5 => told(world, world.service.refresh(school, false).await),
        6 => {
            let patience = Duration::from_millis(rng.u64(10..1_500));
            let asked = world.service.refresh(school, false);
            match tokio::time::timeout(patience, asked).await {
                Ok(answered) => told(world, answered),
                Err(_) => tally.count("caller: left before the answer"),
            }
        }
        7..=8 => {
            let answered = world.service.refresh(school, true).await;
            let Some(run) = started(world, answered) else {
                return;
            };
            match world.service.follow(&run).await {
                Some(true) => tally.count("caller: followed a run to its end"),
                Some(false) => tally.count("caller: lost a stream before its end"),
                None => tally.count("caller: found no launcher"),
            }
        }
        _ => {
            let answered = world.service.refresh(school, true).await;
            let Some(run) = started(world, answered) else {
                return;
            };
            tokio::time::sleep(Duration::from_millis(rng.u64(..500))).await;
            match world.service.cancel(&run).await {
                Some(answered) => tally.count(format!(
                    "caller: asked to cancel a run, status {}",
                    answered.status
                )),
                None => tally.count("caller: found no launcher"),
            }
        }
    }
}

fn started(world: &World, answered: Option<Answered>) -> Option<String> {
    match answered {
        Some(Answered {
            location: Some(run),
            ..
        }) => Some(run),
        other => {
            told(world, other);
            None
        }
    }
}

fn told(world: &World, answered: Option<Answered>) {
    let tally = &world.tally;
    let Some(answered) = answered else {
        tally.count("caller: found no launcher");
        return;
    };
    match (answered.status, answered.body["code"].as_str()) {
        (200, _) if answered.body["partial"] == true => tally.count("refresh: partial"),
        (200, _) => tally.count("refresh: complete"),
        (status, code) => tally.count(format!("refresh: {status} `{}`", code.unwrap_or("no code"))),
    }
}
