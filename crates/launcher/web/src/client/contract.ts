// What the launcher answers, as its OpenAPI document says it. Types only; a test compares their words with the document.

export type RunState =
  "queued" | "running" | "cancelling" | "succeeded" | "partial" | "failed" | "cancelled" | "timed_out";

export type Phase = "finding_school" | "fetching" | "comparing" | "writing" | "finishing";

export interface Progress {
  phase: Phase;
  /** Records read, or rows written. */
  done: number | null;
  total: number | null;
}

/** Whom a run waits for, and for about how many seconds. */
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
  /** How many come first, while it is queued. */
  queuePosition: number | null;
  progress: Progress | null;
  waiting: Waiting | null;
  /** Whole seconds that its process has been running. */
  elapsedSeconds: number;
  summary: Summary | null;
  problem: Problem | null;
  /** Nothing while it goes on, or where there is no cache. */
  cache: { cleared: boolean; keysDeleted: number } | null;
}

/** Why something was not done; `message` is a sentence for a person. */
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
}

/** What a refresh did, as the command line prints it. */
export interface Summary {
  success: boolean;
  partial: boolean;
  establishment_name: string | null;
  students_synced: number;
  vespa_scores_synced: number;
  comments_synced: number;
  duration_seconds: number;
  changes: PerTable<TableChanges>;
  /** Rows that Knack no longer holds; they are left as they are. */
  only_in_supabase: PerTable<number>;
  skipped: { reason: SkipReason; count: number }[];
  warnings: { code: string; message: string; count: number }[];
}

export type SkipReason =
  | "missing_email"
  | "other_school"
  | "outside_year"
  | "unreadable_date"
  | "duplicate_email"
  | "held_by_other_establishment";

/** How fresh a school is. */
export interface SchoolStatus {
  establishmentId: string;
  establishmentName: string;
  lastRefreshAt: string | null;
  /** Nothing where the jobs for all schools do not log themselves. */
  lastFullSyncAt: string | null;
  stale: boolean;
  activeRun: Run | null;
  cooldownSeconds: number;
  usualDurationSeconds: number | null;
}

const GOING_ON: readonly RunState[] = ["queued", "running", "cancelling"];

export function hasEnded(run: Run): boolean {
  return !GOING_ON.includes(run.state);
}
