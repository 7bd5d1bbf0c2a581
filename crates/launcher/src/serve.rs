//! From the settings to a running service, and to its orderly end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use anyhow::Context;
use knack_client::KnackClient;
use parking_lot::RwLock;
use supabase_client::SupabaseClient;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

use crate::access::{Access, Doors, Staff};
use crate::config::{Auth, Config, read_tokens};
use crate::directory::Directory;
use crate::history::History;
use crate::http::{self, Front};
use crate::launcher::{Launcher, Work};
use crate::metrics::Metrics;
use crate::overview::Overviews;
use crate::readiness::Checks;
use crate::runs::Runs;

/// Knack is asked about users only, a few requests at a time, and by people who wait.
const KNACK_IN_FLIGHT: usize = 4;
const KNACK_TIMEOUT: Duration = Duration::from_secs(5);
/// Four attempts of it fit into the thirty seconds after which a router in front of us gives up.
const SUPABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// The program that is to refresh cannot be run.
#[derive(Debug, thiserror::Error)]
#[error(
    "The program that refreshes {0}, so the launcher does not start: put sync-single-establishment beside it, or its absolute path into LAUNCHER_CLI"
)]
pub(crate) struct UnfitProgram(String);

/// Serves until a signal ends it.
pub(crate) fn serve(config: Config) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(until_the_end(config));
    // A name that is still being looked up would hold the end for as long as name servers are waited for.
    runtime.shutdown_background();
    outcome
}

async fn until_the_end(config: Config) -> anyhow::Result<()> {
    let bind = config.bind;
    let http = config.http.clone();
    let tokens_file = config.auth.tokens.as_ref().map(|(path, _)| path.clone());
    let launcher = Arc::new(assemble(config)?);
    let front = Arc::new(Front::new(Arc::clone(&launcher), http));

    let (server, address) =
        http::listen(bind, &front).with_context(|| format!("cannot listen on {bind}"))?;
    let handle = server.handle();
    tokio::spawn(listen_to_signals(front, handle, tokens_file)?);
    if let Some(Err(why)) = launcher.program_state().await {
        return Err(UnfitProgram(why).into());
    }
    tracing::info!(addresses = %address, "listening");
    server.await.context("the server failed")
}

fn assemble(config: Config) -> anyhow::Result<Launcher> {
    let http = settings::client()?;
    let on_wait = |_: Duration| {};
    let app_id = config.knack.app_id.clone();
    let knack = knack_client::Settings {
        base_url: config.knack.base_url,
        app_id: config.knack.app_id,
        api_key: config.knack.api_key,
        timeout: config.knack.timeout.min(KNACK_TIMEOUT),
        max_in_flight: KNACK_IN_FLIGHT,
        budget: config.knack.budget,
    };
    let knack = Arc::new(KnackClient::new(http.clone(), knack, on_wait));
    let supabase = supabase_client::Settings {
        timeout: config.supabase.timeout.min(SUPABASE_TIMEOUT),
        ..config.supabase
    };
    let supabase = Arc::new(SupabaseClient::new(http, &supabase, on_wait));
    let Auth {
        tokens,
        demo,
        knack_views,
        none,
    } = config.auth;
    let doors = if none {
        Doors::Open
    } else {
        Doors::Locked {
            knack_users: knack_views.is_some(),
            tokens: tokens.map(|(_, tokens)| RwLock::new(tokens)),
            demo,
        }
    };
    let metrics = Metrics::new()?;
    let staff = Staff::new(
        knack,
        &app_id,
        knack_views,
        config.permission,
        metrics.user_lookups.clone(),
    );
    Ok(Launcher {
        access: Access::new(doors, staff),
        directory: Directory::new(Arc::clone(&supabase)),
        history: History::new(Arc::clone(&supabase), config.cooldown),
        overviews: Overviews::new(supabase),
        cache: config.cache,
        runs: Runs::new(config.limits, config.cooldown),
        metrics,
        program: config.program,
        runtime: Handle::current(),
        shutdown_patience: config.shutdown_patience,
        work: Work::default(),
        checks: Checks::default(),
    })
}

/// HUP reads the tokens again; TERM and INT end the service.
fn listen_to_signals(
    front: Arc<Front>,
    server: ServerHandle,
    tokens_file: Option<PathBuf>,
) -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = hang_up.recv() => reread_tokens(&front, tokens_file.as_deref()),
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
            }
        }
        tracing::info!("ending");
        front.launcher.close().await;
        front.close_streams();
        server.stop(true).await;
    })
}

fn reread_tokens(front: &Front, file: Option<&std::path::Path>) {
    let Some(file) = file else { return };
    match read_tokens(file) {
        Ok(tokens) => {
            tracing::info!(tokens = tokens.len(), "tokens read again");
            front.launcher.access.replace_tokens(tokens);
        }
        Err(problem) => {
            tracing::error!("LAUNCHER_TOKENS_FILE {problem}; the tokens read before stay in force");
        }
    }
}
