//! What every request that concerns a school passes first: who is calling, not too often, and may they ask for this school.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use dashboard::School;
use governor::clock::Clock;
use sync_protocol::EstablishmentId;
use uuid::Uuid;

use super::Front;
use super::client_address::client_address;
use super::request_log::note_caller;
use super::this_machine::is_from_this_machine;
use crate::access::{Caller, Credentials};
use crate::launcher::unreadable;
use crate::problem::{Code, Problem};
use crate::runs::Run;

/// Callers that are remembered by the limit of requests, before those that were quiet are forgotten.
const MOST_CALLERS: usize = 10_000;
const LONGEST_BEARER: usize = 4_096;

impl Front {
    /// Who is calling.
    pub(super) async fn caller(&self, request: &HttpRequest) -> Result<Caller, Problem> {
        if self.config.loopback_only && !is_from_this_machine(request) {
            return Err(Problem::new(
                Code::Unauthenticated,
                "Without access control, only pages and tools of this machine itself are answered.",
            ));
        }
        let header = |name: &str| request.headers().get(name)?.to_str().ok();
        // Two of them are two opinions of who is calling.
        let is_single = request.headers().get_all(AUTHORIZATION).count() <= 1;
        let bearer = header(AUTHORIZATION.as_str())
            .filter(|_| is_single)
            .and_then(bearer);
        let credentials = Credentials {
            bearer,
            user_email: user_email(request),
            address: client_address(request, &self.config.trusted_proxies),
        };
        let caller = self.launcher.access.caller(credentials).await?;
        note_caller(request, &caller.name);
        self.limit(&caller)?;
        Ok(caller)
    }

    fn limit(&self, caller: &Caller) -> Result<(), Problem> {
        if self.callers.len() > MOST_CALLERS {
            self.callers.retain_recent();
        }
        self.callers.check_key(&caller.name).map_err(|until| {
            let wait = until.wait_time_from(governor::clock::DefaultClock::default().now());
            Problem::later(
                Code::TooManyRequests,
                wait.as_secs() + 1,
                "Too many requests. Nothing was started. Try again in a moment.",
            )
        })
    }

    /// The school, if this caller may ask for it. Who may not ask for all of them does not learn which there are.
    pub(super) async fn school(
        &self,
        caller: &Caller,
        id: EstablishmentId,
    ) -> Result<Arc<School>, Problem> {
        let found = self.launcher.directory.find(id).await.map_err(unreadable)?;
        match found {
            Some(school) if caller.authority.covers(&school) => Ok(school),
            None if caller.authority.names(id) => Err(Problem::new(
                Code::EstablishmentNotFound,
                "No school with this id is known to the dashboard. Check the id, or whether the nightly sync has copied the school yet.",
            )),
            Some(_) | None => Err(Problem::new(
                Code::NotAllowed,
                "You may not refresh or see this school. Ask your administrator to make you its staff admin.",
            )),
        }
    }

    /// The run, if this caller may ask for its school. Another school's run is as unknown as one that never was.
    pub(super) fn run(&self, caller: &Caller, id: &str) -> Result<Arc<Run>, Problem> {
        let run = id
            .parse::<Uuid>()
            .ok()
            .and_then(|id| self.launcher.runs.get(id));
        run.filter(|run| caller.authority.covers(&run.school))
            .ok_or_else(|| {
                Problem::new(
                    Code::UnknownRun,
                    "There is no such run; runs are remembered for an hour after their end.",
                )
            })
    }
}

/// An id that came in a request.
pub(super) fn establishment_id(text: &str) -> Result<EstablishmentId, Problem> {
    text.parse().map_err(|_| {
        Problem::new(
            Code::InvalidEstablishmentId,
            "The establishment id must be a Knack record id (24 hexadecimal digits) or a Supabase UUID.",
        )
    })
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    let is_token = !token.is_empty() && token.len() <= LONGEST_BEARER;
    (scheme.eq_ignore_ascii_case("bearer") && is_token).then_some(token)
}

/// Whoever is named. What is there and cannot be read names somebody too, who is not known: were it taken for nobody, the
/// server's own rights would count.
fn user_email(request: &HttpRequest) -> Option<&str> {
    let mut named = request.headers().get_all("x-user-email");
    let first = named.next()?;
    let is_single = named.next().is_none();
    Some(first.to_str().ok().filter(|_| is_single).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_one_word_behind_its_scheme() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc"), Some("abc"));
        for header in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            assert_eq!(bearer(header), None, "{header}");
        }
    }
}
