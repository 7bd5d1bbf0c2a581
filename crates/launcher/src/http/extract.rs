//! What handlers are given of a request, each only after its check. A handler that needs a caller, a school or a run takes one
//! of these as an argument, and has no other way to get it: nobody else can make a [`Caller`](crate::access::Caller), and
//! schools and runs are returned to callers only.

mod bearer;
mod caller;
mod changes;
mod metrics_reader;
mod question;
mod run;
mod school;
mod school_id;

pub(super) use changes::ChangesOf;
pub(super) use metrics_reader::MetricsReader;
pub(super) use question::{ExplainRequest, QuestionOf};
pub(super) use run::{RunInPath, RunOf};
pub(super) use school::SchoolOf;
pub(super) use school_id::{InBody, InPath, InQuery, RefreshRequest, SchoolInPath, SchoolInQuery};
