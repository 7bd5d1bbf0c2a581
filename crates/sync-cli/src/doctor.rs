//! `--check`: examines everything that a refresh depends on, and says of each what is wrong and how to mend it.
//!
//! Writes nothing: beside reads there are only probes that a database cannot accept (`doctor/probe.rs`). Never shows a key or
//! a pupil's data.

mod clocks;
mod findings;
mod knack;
mod print;
mod probe;
mod public;
mod schema;
mod school;
mod services;
mod supabase;
mod tables;

use std::time::Duration;

use knack_client::KnackClient;
use settings::{Environment, Reader};
use supabase_client::SupabaseClient;
use sync_protocol::{SetupCheck, SetupReport, SetupSubject, SyncExit};
use transport::Limits;

use crate::args::Examination;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::SyncError;
use crate::stop::Stop;
use findings::{failed, passed, skipped};
use services::Services;

pub(crate) use print::{print, problems};

/// Whoever waits for a report does not want to wait out an outage: it is what they ask about.
const PATIENCE: Duration = Duration::from_secs(8);

/// Examines all of it. `Err` if it was stopped, or could not begin.
pub(crate) async fn examine(
    examination: &Examination,
    clock: &Clock,
    stop: &Stop,
) -> Result<SetupReport, SyncError> {
    stop.listen(examination.timeout, examination.stop_by)
        .map_err(|error| SyncError::Internal(error.into()))?;
    let setup = match stop.or_read(Setup::load()).await? {
        Ok(setup) => setup,
        Err(error @ SyncError::Configuration(_)) => return Ok(without_settings(&error)),
        Err(error) => return Err(error),
    };
    let Config {
        knack,
        supabase,
        clients,
        with_answers,
        ..
    } = setup.config;
    let limits = Limits {
        outage: PATIENCE,
        first_answer: PATIENCE,
        end: Some(clock.after(examination.timeout)),
    };
    let knack = knack_client::Settings {
        base_url: knack.base_url,
        app_id: knack.app_id,
        api_key: knack.api_key,
        timeout: knack.timeout,
        max_in_flight: 4,
        budget: knack.budget,
    };
    let in_silence = |_: Duration| {};
    let public = setup
        .public
        .as_ref()
        .map(|public| SupabaseClient::new(clients.supabase.clone(), public, limits, in_silence));
    let services = Services {
        knack: &KnackClient::new(clients.knack, knack, limits, in_silence),
        supabase: &SupabaseClient::new(clients.supabase, &supabase, limits, in_silence),
        public: public.as_ref(),
        clock,
        school: examination.establishment,
        with_answers,
    };
    let checks = stop.or_read(Box::pin(every_check(&services))).await?;
    Ok(report(checks))
}

/// How such an examination ends the process.
pub(crate) fn exit(report: &SetupReport) -> SyncExit {
    report
        .first_problem()
        .map_or(SyncExit::Complete, SyncExit::Failed)
}

async fn every_check(services: &Services<'_>) -> Vec<SetupCheck> {
    let (knack, supabase) = tokio::join!(
        Box::pin(knack::examine(services)),
        Box::pin(supabase::examine(services))
    );
    let mut checks = vec![passed(
        SetupSubject::Settings,
        "The settings are complete and well-formed.",
    )];
    let school = school::examine(services, &knack, &supabase).await;
    checks.extend(knack);
    checks.extend(supabase);
    checks.push(clocks::examine(services));
    checks.push(school);
    checks
}

/// The settings, including those that only the checks use.
struct Setup {
    config: Config,
    public: Option<supabase_client::Settings>,
}

impl Setup {
    async fn load() -> Result<Self, SyncError> {
        let read = || {
            let environment = Environment::load()?;
            let config = Config::read(&environment)?;
            let mut reader = Reader::of(&environment);
            let public = settings::supabase_in_public(&mut reader, &config.supabase);
            reader.finish()?;
            Ok(Self { config, public })
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(setup) => setup,
            Err(error) => Err(SyncError::Internal(error.into())),
        }
    }
}

/// Without settings there is nobody to ask.
fn without_settings(error: &SyncError) -> SetupReport {
    const OTHERS: [SetupSubject; 2] = [SetupSubject::Knack, SetupSubject::Supabase];
    let others = OTHERS.map(|subject| skipped(subject, "Not examined: the settings come first."));
    let settings = failed(SetupSubject::Settings, error);
    report([settings].into_iter().chain(others).collect())
}

fn report(checks: Vec<SetupCheck>) -> SetupReport {
    SetupReport {
        ok: checks.iter().all(|check| check.code.is_none()),
        checks,
    }
}
