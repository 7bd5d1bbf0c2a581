//! What goes on all at once: callers, changes in Knack, and trouble.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Result, bail};
use fastrand::Rng;
use futures_util::future::join_all;

use crate::callers;
use crate::trouble::{self, Restarts};
use crate::world::World;

const CALLERS: usize = 5;

/// For so long, all at once.
pub(crate) async fn all_at_once(
    world: &World,
    rng: &mut Rng,
    time: Duration,
    restarts: Restarts,
) -> Result<()> {
    let is_over = Cell::new(false);
    let mut rngs: Vec<Rng> = (0..CALLERS + 2).map(|_| rng.fork()).collect();
    let (Some(mut changing), Some(mut troubling)) = (rngs.pop(), rngs.pop()) else {
        bail!("there are as many as were made");
    };
    let is_over = &is_over;
    let calling = join_all(rngs.into_iter().map(async |mut rng| {
        while !is_over.get() {
            callers::one(world, &mut rng).await;
            tokio::time::sleep(Duration::from_millis(rng.u64(..300))).await;
        }
    }));
    let changes = async {
        while !is_over.get() {
            let what = world.schools.change(&world.stage, &mut changing);
            world.tally.count(format!("change in Knack: {what}"));
            tokio::time::sleep(Duration::from_millis(changing.u64(20..400))).await;
        }
    };
    let troubles = async {
        while !is_over.get() {
            trouble::one(world, &mut troubling, restarts).await?;
            tokio::time::sleep(Duration::from_millis(troubling.u64(..400))).await;
        }
        Ok::<_, anyhow::Error>(())
    };
    let ending = async {
        tokio::time::sleep(time).await;
        is_over.set(true);
    };
    let ((), outcome, _, ()) = tokio::join!(changes, troubles, calling, ending);
    outcome
}
