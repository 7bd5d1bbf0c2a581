// Sample responses of a launcher.

import type { Problem, Run, RunState, SchoolStatus, Summary } from "../../src";

export const SCHOOL = "61680fc13a0bfd001e8ca3ca";

export function run(change: Partial<Run> = {}): Run {
  return {
    runId: "11111111-1111-4111-8111-111111111111",
    establishmentId: SCHOOL,
    establishmentName: "Alder Park School",
    state: "running",
    queuePosition: null,
    progress: null,
    waiting: null,
    elapsedSeconds: 0,
    summary: null,
    problem: null,
    cache: null,
    ...change,
  };
}

export function summary(change: Partial<Summary> = {}): Summary {
  return {
    success: true,
    partial: false,
    establishment_name: "Alder Park School",
    students_synced: 465,
    vespa_scores_synced: 611,
    comments_synced: 10,
    question_responses_synced: 0,
    duration_seconds: 1.9,
    timestamp: "2026-11-25T12:00:02Z",
    dry_run: false,
    run_id: "11111111-1111-4111-8111-111111111111",
    establishment_id: SCHOOL,
    establishment_uuid: "33333333-3333-4333-8333-333333333333",
    academic_year: "2026/2027",
    not_completed: 35,
    knack: { requests: 6, retries: 0, records: 500, daily_remaining: null },
    changes: {
      students: { inserted: 3, updated: 12, unchanged: 450 },
      vespa_scores: { inserted: 0, updated: 0, unchanged: 611 },
      comments: { inserted: 0, updated: 0, unchanged: 10 },
    },
    only_in_supabase: { students: 0, vespa_scores: 0, comments: 0 },
    skipped: [],
    warnings: [],
    ...change,
  };
}

export function problem(change: Partial<Problem> = {}): Problem {
  return {
    code: "knack_unavailable",
    message: "Knack does not respond. Nothing was changed. Try again later.",
    retryable: true,
    ...change,
  };
}

/** A run that has ended in this state. */
export function ended(state: RunState, change: Partial<Run> = {}): Run {
  const isGood = state === "succeeded" || state === "partial";
  return run(isGood ? { state, summary: summary(), ...change } : { state, problem: problem(), ...change });
}

export function status(change: Partial<SchoolStatus> = {}): SchoolStatus {
  return {
    establishmentId: SCHOOL,
    establishmentName: "Alder Park School",
    now: "2026-11-25T12:00:00Z",
    lastRefreshAt: null,
    lastFullSyncAt: null,
    stale: false,
    activeRun: null,
    cooldownSeconds: 0,
    usualDurationSeconds: null,
    ...change,
  };
}
