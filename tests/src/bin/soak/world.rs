//! Everything that takes part.

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::Stage;
use nix::sys::signal::Signal;
use sandbox::redis::Redis;

use crate::processes::{self, Holding};
use crate::schools::Schools;
use crate::service::Service;
use crate::tally::Tally;

/// For each school, when nothing goes wrong.
const CALM_ATTEMPTS: u32 = 5;

pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) redis: Redis,
    pub(crate) schools: Schools,
    pub(crate) service: Service,
    pub(crate) tally: Tally,
    /// How long refreshes lived on after their launcher was ended, at most.
    pub(crate) longest_left: Cell<Duration>,
    /// What only the processes of this world have in their environment.
    mark: String,
}

impl World {
    /// Starts everything, and refreshes each school once.
    pub(crate) async fn start(launcher: &Path, cli: &Path) -> Result<Self> {
        let stage = Stage::builder()
            .own_database()
            .knack(|options| options.daily_limit = u32::MAX);
        let stage = stage.start([]).await;
        let schools = Schools::open(&stage).await;
        let redis = Redis::start().await?;
        let environment = stage.environment();
        let budget = environment
            .into_iter()
            .find(|(name, _)| *name == "KNACK_BUDGET");
        let service = Service::start(&stage, launcher, cli, redis.url()).await?;
        let world = Self {
            mark: budget.context("there is a budget")?.1,
            stage,
            redis,
            schools,
            service,
            tally: Tally::default(),
            longest_left: Cell::default(),
        };
        world.refresh_all().await?;
        Ok(world)
    }

    /// Ends the launcher and starts another.
    pub(crate) async fn restart(&self) -> Result<()> {
        self.end_launcher(Signal::SIGTERM).await?;
        self.service.start_again(&self.stage).await;
        self.refresh_all().await
    }

    pub(crate) async fn end_launcher(&self, signal: Signal) -> Result<()> {
        let left = self.service.end(signal, &self.mark).await?;
        self.longest_left.set(self.longest_left.get().max(left));
        Ok(())
    }

    /// Refreshes each school, where nothing goes wrong: none may be held by a run that is gone.
    pub(crate) async fn refresh_all(&self) -> Result<()> {
        self.service.rest().await?;
        for school in self.schools.ids() {
            self.refresh_calmly(school).await?;
        }
        self.service.rest().await
    }

    /// Refreshes a school completely. A machine that is very busy may need more than one attempt.
    async fn refresh_calmly(&self, school: &str) -> Result<()> {
        for attempt in 1.. {
            let answered = self.service.refresh(school, false).await;
            let answered = answered.context("the launcher does not answer")?;
            let (status, body) = (answered.status, answered.body);
            if status == 200 && body["success"] == true && body["partial"] == false {
                break;
            }
            let may_pass = body["retryable"] == true || body["partial"] == true;
            ensure!(
                may_pass && attempt < CALM_ATTEMPTS,
                "{school}, attempt {attempt}: {status} {body}"
            );
            self.tally.count("calm refresh: needed another attempt");
        }
        Ok(())
    }

    /// What the launcher holds once nobody asks.
    pub(crate) async fn measure(&self) -> Result<Holding> {
        self.refresh_all().await?;
        processes::holding(self.service.pid().context("there is a launcher")?)
    }

    /// The living processes of this world.
    pub(crate) fn processes(&self) -> Vec<processes::Process> {
        processes::with_in_environment(&self.mark)
    }
}
