//! The scripts that Redis carries out, each of them whole or not at all, and what they answer. Redis's clock is the only one
//! that counts in them.

use serde::Deserialize;
use uuid::Uuid;

/// A script, with what every script begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script(pub(super) &'static str);

macro_rules! script {
    ($file:literal) => {
        Script(concat!(
            include_str!("scripts/common.lua"),
            include_str!($file)
        ))
    };
}

pub(super) const BEGIN: Script = script!("scripts/begin.lua");
pub(super) const LOOK: Script = script!("scripts/look.lua");
pub(super) const ADMIT: Script = script!("scripts/admit.lua");
pub(super) const BEAT: Script = script!("scripts/beat.lua");
pub(super) const RELEASE: Script = script!("scripts/release.lua");
pub(super) const WITHDRAW: Script = script!("scripts/withdraw.lua");
pub(super) const FIND: Script = script!("scripts/find.lua");
pub(super) const FOLLOW: Script = script!("scripts/follow.lua");
pub(super) const CANCEL: Script = script!("scripts/cancel.lua");
pub(super) const BURY: Script = script!("scripts/bury.lua");

/// What [`LOOK`] answers.
#[derive(Debug, Deserialize)]
pub(super) struct Looked {
    /// In milliseconds, as all times.
    pub(super) now: u64,
    pub(super) run: Option<Uuid>,
    /// The end of the school's last run that was not cancelled: outcome, time, run.
    #[serde(default)]
    pub(super) ended: String,
    /// The last cancellations, newest first: time, run.
    #[serde(default)]
    pub(super) cancelled: Vec<String>,
}

/// What [`ADMIT`] answers: one of these.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Admitted {
    pub(super) joined: Option<Uuid>,
    /// For so many milliseconds yet, nobody is admitted.
    pub(super) settling: Option<u64>,
    /// A run of the school has ended since it was looked at.
    pub(super) changed: bool,
    pub(super) busy: bool,
    pub(super) fence: Option<u64>,
    /// How many wait before it, if it has to wait.
    pub(super) position: Option<usize>,
}

/// What [`BEAT`] answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Beat {
    /// The lease is another's, or has run out.
    pub(super) lost: bool,
    /// Redis had forgotten the run.
    pub(super) restored: bool,
    pub(super) cancel: bool,
    /// How many wait before it, while it waits.
    pub(super) position: Option<usize>,
}

/// What [`FIND`] answers.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) about: Option<String>,
}

/// What [`FOLLOW`] answers.
#[derive(Debug, Deserialize)]
pub(super) struct Followed {
    /// Whether its launcher may still be at work on it.
    pub(super) alive: bool,
    /// Number, name, data.
    #[serde(default)]
    pub(super) events: Vec<(u64, String, String)>,
}

/// What [`CANCEL`] answers.
#[derive(Debug, Deserialize)]
pub(super) struct Cancelled {
    pub(super) first: bool,
}

/// What the others answer, of which nothing has to be known.
#[derive(Debug, Deserialize)]
pub(super) struct Done {}
