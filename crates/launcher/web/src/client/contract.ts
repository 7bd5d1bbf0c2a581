// What the launcher sends, as described in its OpenAPI document. A test compares these types with that document.

export type RunState =
  "queued" | "running" | "cancelling" | "succeeded" | "partial" | "failed" | "cancelled" | "timed_out";

export type Phase = "finding_school" | "fetching" | "comparing" | "writing" | "finishing";

export interface Progress {
  phase: Phase;
  /** Records read, or rows written. */
  done: number | null;
  total: number | null;
}

/** Which service a run is waiting for, and for about how many seconds. */
export interface Waiting {
  reason: "knack" | "supabase";
  seconds: number;
}

/** One refresh of one school. */
export interface Run {
  runId: string;
  establishmentId: string;
  establishmentName: string;
  state: RunState;
  /** How many runs are ahead of it in the queue; null unless it is queued. */
  queuePosition: number | null;
  progress: Progress | null;
  waiting: Waiting | null;
  /** For how many whole seconds its process has been running. */
  elapsedSeconds: number;
  summary: Summary | null;
  problem: Problem | null;
  /** Null while the run is active, and where the launcher has no cache to clear. */
  cache: { cleared: boolean; keysDeleted: number } | null;
}

/** Why something was not done; `message` is a sentence to show to a person. */
export interface Problem {
  code: string;
  message: string;
  retryable: boolean;
  retryAfterSeconds?: number | null | undefined;
  runId?: string | null | undefined;
}

export interface TableChanges {
  inserted: number;
  updated: number;
  unchanged: number;
}

export interface PerTable<T> {
  students: T;
  vespa_scores: T;
  comments: T;
  /** Absent where a refresh does without the answers to the questionnaire. */
  question_responses?: T;
}

export type Table = keyof PerTable<unknown>;

/** What a refresh did; the same JSON that the command line prints. */
export interface Summary {
  success: boolean;
  /** Some rows could not be saved. */
  partial: boolean;
  establishment_name?: string | null;
  establishment_id?: string | null;
  establishment_uuid?: string | null;
  academic_year?: string | null;
  students_synced: number;
  vespa_scores_synced: number;
  comments_synced: number;
  question_responses_synced?: number;
  /** Students without a completion date; null where they could not be counted. */
  not_completed?: number | null;
  duration_seconds: number;
  timestamp: string;
  dry_run: boolean;
  run_id: string;
  changes: PerTable<TableChanges>;
  /** Rows that are no longer in Knack. A refresh never deletes them. */
  only_in_supabase: PerTable<number>;
  skipped: Skipped[];
  warnings: Warning[];
  /** Why it failed; absent on success. */
  error?: { code: string; message: string; retryable: boolean } | null;
  knack: KnackUse;
}

/** Records that did not become students, or whose answers did not become a student's. */
export interface Skipped {
  reason: SkipReason;
  count: number;
  /** Their Knack ids, the first 100 of them. */
  record_ids: string[];
}

/** Something that an administrator should know. */
export interface Warning {
  code: string;
  message: string;
  /** How many times it happened. */
  count: number;
  /** The Knack records concerned, the first 100 of them; empty where it is about the whole refresh. */
  record_ids: string[];
}

/** What was asked of Knack. */
export interface KnackUse {
  requests: number;
  retries: number;
  records: number;
  daily_remaining?: number | null;
}

export type SkipReason =
  | "missing_email"
  | "other_school"
  | "outside_year"
  | "unreadable_date"
  | "duplicate_email"
  | "email_of_another_student"
  | "held_by_other_establishment"
  | "no_student";

/** How fresh a school is. */
export interface SchoolStatus {
  establishmentId: string;
  establishmentName: string;
  /** The launcher's time, from which ages are calculated: the browser's clock may be wrong. */
  now: string;
  lastRefreshAt: string | null;
  /** Null where the jobs that update all schools do not log their runs. */
  lastFullSyncAt: string | null;
  stale: boolean;
  activeRun: Run | null;
  cooldownSeconds: number;
  usualDurationSeconds: number | null;
}

const IS_ACTIVE: Readonly<Record<RunState, boolean>> = {
  queued: true,
  running: true,
  cancelling: true,
  succeeded: false,
  partial: false,
  failed: false,
  cancelled: false,
  timed_out: false,
};

export function hasEnded(run: Run): boolean {
  return !IS_ACTIVE[run.state];
}

/** Whether this is a run, and not JSON of something else on the way. One in a state that is not known says nothing. */
export function isRun(value: unknown): value is Run {
  const run = value as Run | null;
  return typeof run?.runId === "string" && typeof IS_ACTIVE[run.state] === "boolean";
}

/** The same for the status of a school. */
export function isSchoolStatus(value: unknown): value is SchoolStatus {
  const status = value as SchoolStatus | null;
  return (
    typeof status?.cooldownSeconds === "number" &&
    typeof status.now === "string" &&
    (status.activeRun === null || isRun(status.activeRun))
  );
}
