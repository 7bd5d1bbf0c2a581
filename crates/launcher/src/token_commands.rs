//! `sync-launcher token list` and `token revoke`: the file of tokens, as an administrator sees it. Only ever removes a line, and
//! leaves all others, comments too, as they are.

mod file;

use std::io::IsTerminal;
use std::process::ExitCode;

use serde_json::json;
use settings::Environment;

use crate::access::ListedToken;
use crate::args::{ListTokensArgs, RevokeTokenArgs};
use crate::output::{EX_CONFIG, failed, print};
use file::{Edit, TokensFile};

/// `sync-launcher token list`.
pub(crate) fn list(args: &ListTokensArgs) -> ExitCode {
    let tokens = match TokensFile::of_settings(&Environment::load()).and_then(|it| it.tokens()) {
        Ok(tokens) => tokens,
        Err(problem) => return failed(&problem.to_string(), EX_CONFIG),
    };
    if args.json || !std::io::stdout().is_terminal() {
        let tokens: Vec<_> = tokens
            .iter()
            .map(|token| json!({ "name": token.name, "schools": token.schools }))
            .collect();
        return print(&format!("{}\n", json!({ "tokens": tokens })));
    }
    let lines: Vec<String> = tokens.iter().map(line).collect();
    print(&lines.concat())
}

/// `sync-launcher token revoke`.
pub(crate) fn revoke(args: &RevokeTokenArgs) -> ExitCode {
    let revoked = TokensFile::of_settings(&Environment::load())
        .and_then(|file| Edit::begin(&file)?.without(&args.name));
    match revoked {
        Ok(()) => print(&format!(
            "The token \"{}\" is no longer in the file. A launcher that runs accepts it until it reads the file again: send it \
             a HUP, for example with `systemctl reload vespa-refresh`.\n",
            args.name
        )),
        Err(problem) => failed(&problem.to_string(), EX_CONFIG),
    }
}

fn line(token: &ListedToken) -> String {
    let schools = match &token.schools {
        None => "all schools".to_owned(),
        Some(ids) => ids.join(", "),
    };
    format!("{}: {schools}\n", token.name)
}
