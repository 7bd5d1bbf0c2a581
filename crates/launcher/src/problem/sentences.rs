//! Every sentence that the launcher itself says when it cannot serve a request or a run fails: what happened, whether data
//! changed, what to do. The sentences of a refresh's own failure are the refresh's.

mod access;
mod requests;
mod runs;
mod timing;

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use crate::problem::Problem;

    /// To be read from top to bottom, as staff and as an administrator would.
    #[test]
    fn every_problem_is_as_it_was() {
        let all = [
            Problem::no_such_address(),
            Problem::method_not_allowed(),
            Problem::not_json(),
            Problem::encoded_body(),
            Problem::precondition_failed(),
            Problem::slow_body(),
            Problem::large_body(),
            Problem::malformed_body(),
            Problem::malformed_question(),
            Problem::malformed_school_id(),
            Problem::no_such_run(),
            Problem::no_changes(),
            Problem::unauthenticated(),
            Problem::not_from_this_machine(),
            Problem::metrics_for_this_machine(),
            Problem::metrics_need_a_token(),
            Problem::unknown_user(),
            Problem::no_such_school(),
            Problem::no_such_school_for_caller(),
            Problem::access_unchecked(15),
            Problem::too_many_requests(3),
            Problem::too_many_streams(3),
            Problem::too_many_runs(),
            Problem::still_stopping(),
            Problem::cooling_down(299),
            Problem::cancelled_often(30),
            Problem::explaining_already(),
            Problem::shutting_down(),
            Problem::coordinator_unreachable(),
            Problem::coordinator_settling(30),
            Problem::database_unavailable("refused"),
            Problem::metrics_unwritten(),
            Problem::explanation_timed_out(),
            Problem::explanation_unusable(),
            Problem::program_missing(),
            Problem::program_does_not_start(),
            Problem::cancelled_before_its_start(),
            Problem::cancelled(),
            Problem::stopped_by_shutdown(),
            Problem::launcher_gone(),
            Problem::out_of_lease(),
            Problem::timed_out(),
            Problem::crashed(),
            Problem::killed(),
            Problem::result_unusable(),
            Problem::bug(),
        ];
        let mut list = String::new();
        for problem in all {
            let status = problem.code.status().as_u16();
            let (code, title) = (problem.code.name(), problem.code.title());
            let later = problem
                .retry_after_seconds
                .map_or_else(String::new, |seconds| format!(", after {seconds} s"));
            writeln!(
                list,
                "{status} {code}{later}: {title}\n    {}",
                problem.message
            )
            .unwrap();
        }
        insta::assert_snapshot!(list);
    }
}
