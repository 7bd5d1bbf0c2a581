//! From the settings to a running service, and to its orderly end.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use anyhow::Context;
use knack_client::KnackClient;
use settings::KnackConnection;
use supabase_client::SupabaseClient;
use tokio::runtime::{Handle, Runtime};
use transport::Limits;

use crate::access::{Access, Staff};
use crate::background::Background;
use crate::changes::{Changes, Names};
use crate::config::Config;
use crate::history::History;
use crate::http::{self, AppState, SeatLimits};
use crate::metrics::Metrics;
use crate::notify::{self, Notifier};
use crate::open_files;
use crate::overview::Overviews;
use crate::readiness::checks::Checks;
use crate::readiness::program_state;
use crate::refresh::one_at_a_time::OneAtATime;
use crate::refresh::shut_down;
use crate::runs::Coordinator;
use crate::schools::Schools;
use crate::services::Services;
use crate::signals::{Asked, Signals};
use crate::turns::Turns;

/// Knack is asked about users only, a few requests at a time, while someone waits for the answer.
const KNACK_IN_FLIGHT: usize = 4;
const KNACK_TIMEOUT: Duration = Duration::from_secs(5);
/// Two attempts and the patience between them fit into the thirty seconds after which a router in front of the launcher gives
/// up.
const SUPABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// The program that refreshes cannot be run.
#[derive(Debug, thiserror::Error)]
#[error(
    "The refresh program {0}, so the launcher does not start: put sync-single-establishment beside it, or its absolute path into LAUNCHER_CLI"
)]
pub(crate) struct UnfitProgram(String);

/// Everything that exists before the settings are read.
pub(crate) struct Prepared {
    runtime: Runtime,
    signals: Signals,
}

/// Takes the signals.
pub(crate) fn prepare() -> anyhow::Result<Prepared> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let within = runtime.enter();
    let signals = Signals::take()?;
    drop(within);
    Ok(Prepared { runtime, signals })
}

/// Serves until a signal ends it.
pub(crate) fn serve(config: Config, prepared: Prepared) -> anyhow::Result<()> {
    let Prepared { runtime, signals } = prepared;
    let outcome = runtime.block_on(until_the_end(config, signals));
    // Otherwise a name that is still being resolved would delay the end until the name servers answer.
    runtime.shutdown_background();
    outcome
}

async fn until_the_end(config: Config, signals: Signals) -> anyhow::Result<()> {
    let bind = config.bind;
    let mut http = config.http.clone();
    let room = open_files::room(http.seats.all, config.limits.running);
    http.seats = SeatLimits::of_all(room.connections);
    let metrics = http.metrics_bind;
    let services = Arc::new(assemble(config)?);
    services.coordinator.check().await?;
    let state = Arc::new(AppState::new(Arc::clone(&services), http));

    let (server, addresses) = http::listen(bind, &state, room).with_context(|| {
        let beside = metrics.map_or_else(String::new, |metrics| format!(" or {metrics}"));
        format!("cannot listen on {bind}{beside}")
    })?;
    let handle = server.handle();
    tokio::spawn(heed(signals, state, handle));
    if let Some(Err(why)) = program_state(&services).await {
        return Err(UnfitProgram(why).into());
    }
    if let Some(metrics) = addresses.metrics {
        tracing::info!(addresses = %metrics, "listening for the metrics alone");
    }
    tracing::info!(addresses = %addresses.main, "listening");
    // It goes on by itself, and ends with the service.
    let watch = notify::watch(Arc::clone(&services));
    drop(services.background.until_closing(watch));
    server.await.context("the server failed")
}

fn assemble(config: Config) -> anyhow::Result<Services> {
    let metrics = Metrics::new()?;
    let lookups = metrics.user_lookups.clone();
    let notifications = metrics.notifications.clone();
    let notifier = config
        .notify
        .map(|target| Notifier::start(target, notifications));
    let app_id = config.knack.app_id.clone();
    let knack = KnackClient::new(
        config.clients.knack,
        knack_settings(config.knack),
        Limits::BRIEF,
        |_| {},
    );
    let staff = Staff::new(Arc::new(knack), &app_id, config.permission, lookups);
    let supabase = SupabaseClient::new(
        config.clients.supabase,
        &supabase_settings(config.supabase),
        Limits::BRIEF,
        |_| {},
    );
    let supabase = Arc::new(supabase);
    Ok(Services {
        access: Access::new(config.auth, staff),
        schools: Schools::new(Arc::clone(&supabase)),
        history: History::new(Arc::clone(&supabase)),
        names: Names::new(Arc::clone(&supabase)),
        overviews: Overviews::new(supabase),
        cache: config.cache,
        coordinator: match config.together {
            Some(together) => {
                let runtime = Handle::current();
                Coordinator::together(together, config.limits, config.cooldown, &runtime)
            }
            None => Coordinator::alone(config.limits, config.cooldown),
        },
        changes: Changes::default(),
        admissions: OneAtATime::new(),
        turns_to_ask: Turns::new(),
        metrics,
        notifier,
        program: config.program,
        background: Background::new(Handle::current()),
        shutdown_patience: config.shutdown_patience,
        checks: Checks::default(),
    })
}

fn knack_settings(connection: KnackConnection) -> knack_client::Settings {
    knack_client::Settings {
        base_url: connection.base_url,
        app_id: connection.app_id,
        api_key: connection.api_key,
        timeout: connection.timeout.min(KNACK_TIMEOUT),
        max_in_flight: KNACK_IN_FLIGHT,
        budget: connection.budget,
    }
}

fn supabase_settings(connection: supabase_client::Settings) -> supabase_client::Settings {
    supabase_client::Settings {
        timeout: connection.timeout.min(SUPABASE_TIMEOUT),
        ..connection
    }
}

/// HUP reads the tokens again; TERM and INT end the service.
async fn heed(mut signals: Signals, state: Arc<AppState>, server: ServerHandle) {
    while signals.next().await == Asked::ReadTokensAgain {
        state.reread_tokens();
    }
    tracing::info!("ending");
    shut_down(&state.services).await;
    state.close_streams();
    server.stop(true).await;
}
