//! Turns the settings into the [`AuthMode`] that decides who may call.

use std::net::SocketAddr;

use settings::Reader;

use super::declared::{self, AuthWord};
use crate::access::{Accepted, AuthMode, NewToken, Tokens, Views};

/// Which callers are accepted.
pub(super) fn auth(reader: &mut Reader<'_>, bind: SocketAddr, demo: Option<&NewToken>) -> AuthMode {
    let words = if demo.is_some() {
        reader.read(&declared::AUTH)
    } else {
        reader.require(&declared::AUTH)
    };
    // The demo has its own token, so it needs no file of others.
    let is_file_optional = demo.is_some() && words.is_none();
    let words = words.unwrap_or_default();
    let mut accepted = Accepted::default();
    if words.contains(&AuthWord::Token) {
        accepted.tokens = reader.require(&declared::TOKENS_FILE);
    } else if is_file_optional {
        accepted.tokens = reader.read(&declared::TOKENS_FILE);
    }
    if words.contains(&AuthWord::KnackToken) {
        let staff_admin = reader.require(&declared::STAFF_VIEW);
        let super_user = reader.read(&declared::SUPER_USER_VIEW);
        accepted.knack_views = staff_admin.map(|staff_admin| Views {
            staff_admin,
            super_user,
        });
    }
    accepted.demo = demo.map(Tokens::only);
    let mode = if words.contains(&AuthWord::None) {
        AuthMode::LoopbackOnly
    } else {
        AuthMode::Credentials(accepted)
    };
    check_address(reader, bind, demo, &mode);
    mode
}

/// Nobody else may reach an address where everything is allowed, or where the demo's token is handed out.
fn check_address(
    reader: &mut Reader<'_>,
    bind: SocketAddr,
    demo: Option<&NewToken>,
    mode: &AuthMode,
) {
    let is_open = matches!(mode, AuthMode::LoopbackOnly);
    let is_loopback = bind.ip().to_canonical().is_loopback();
    if demo.is_some() && is_open {
        reader.problem("LAUNCHER_AUTH must not be `none` beside --demo-token".to_owned());
    }
    if demo.is_some() && !is_loopback {
        reader.problem(
            "--demo-token must not be given unless LAUNCHER_BIND is an address of this machine alone"
                .to_owned(),
        );
    }
    if is_open && !is_loopback {
        reader.problem(
            "LAUNCHER_AUTH must not be `none` unless LAUNCHER_BIND is an address of this machine alone"
                .to_owned(),
        );
    }
}
