// Every text that people see, in one table that a dashboard may override in part.

import type { PerTable, Phase, Run, SkipReason } from "../client/contract";
import { counted } from "./time";

export const messages = {
  refresh: "Refresh data",
  starting: "Starting…",
  refreshing: "Refreshing…",
  cancelling: "Cancelling…",
  nextRefreshIn: (time: string) => `Next refresh in ${time}`,

  /** Where the jobs for all schools log themselves, the data is known to be that old. */
  lastUpdated: (age: string) => `Last updated ${age} ago`,
  lastRefreshedHere: (age: string) => `Last refreshed here ${age} ago`,
  neverRefreshed: "Not refreshed here yet",
  freshnessUnknown: "How fresh this is cannot be told right now",

  refreshNow: (freshness: string) => `${freshness}. Refresh now?`,
  notNow: "Not now",

  dialogTitle: (school = "") => `Refreshing ${school}`,
  queued: (before: number) =>
    before === 0
      ? "Next in line"
      : `Waiting for ${before === 1 ? "1 other school" : `${before} other schools`}`,
  phases: {
    finding_school: "Finding the school",
    fetching: "Fetching from Knack",
    comparing: "Comparing with the dashboard",
    writing: "Saving what changed",
    finishing: "Finishing",
  } satisfies Record<Phase, string>,
  progress: (phase: Phase, done: number, total: number) =>
    `${phase === "writing" ? "Rows" : "Students"} ${done} of ${total}`,
  waitingFor: { knack: "Knack is busy", supabase: "The database is busy" } satisfies Record<
    NonNullable<Run["waiting"]>["reason"],
    string
  >,
  waiting: (who: string, seconds: number) => `${who}: trying again in ${seconds} s`,
  joined: "This refresh was already running.",
  reconnecting: "Connection lost, the refresh is still running. Reconnecting…",
  elapsed: (time: string) => `Elapsed ${time}`,
  usually: (duration: string) => `usually ${duration}`,
  inBackground: "Run in background",
  cancel: "Cancel refresh",
  cancelSurely: "More than half is done. Cancel?",
  cancelYes: "Yes, cancel",
  cancelNo: "No, go on",
  cancelFailed: "It could not be cancelled, and goes on.",

  updated: (students: number, parts: string, time: string) =>
    `Updated ${counted(students, "student")}: ${parts}, in ${time}`,
  updatedRest: (students: number, time: string) =>
    `Updated scores and comments; all ${counted(students, "student")} already up to date, in ${time}`,
  upToDate: (students: number, time: string) =>
    `Already up to date: ${counted(students, "student")} checked in ${time}`,
  partial: (problems: number, time: string) => `Updated with ${counted(problems, "problem")}, in ${time}`,
  isNew: (rows: number) => `${rows} new`,
  changed: (rows: number) => `${rows} changed`,
  unchanged: (rows: number) => `${rows} already up to date`,
  rowChanges: (table: keyof PerTable<unknown>, parts: string) =>
    `${{ students: "Students", vespa_scores: "Scores", comments: "Comments" }[table]}: ${parts}`,
  onlyInSupabase: (table: keyof PerTable<unknown>, rows: number) => {
    const kind = { students: "student", vespa_scores: "score row", comments: "comment" }[table];
    return `${counted(rows, kind)} ${rows === 1 ? "is no longer in Knack; left as it is" : "are no longer in Knack; left as they are"}`;
  },
  skipped: (reason: SkipReason, records: number) =>
    `${counted(records, "record")} skipped: ${SKIPPED[reason]}`,
  cacheNotCleared: "Some figures may lag for up to half an hour",

  cancelled: "Cancelled",
  failed: "The refresh did not finish",
  notStarted: "The refresh failed",
  lost: "The refresh can no longer be followed",
  lostAdvice: "It may have finished. Rows already saved stay.",
  tryAgain: "Try again",
  tryAgainIn: (countdown: string) => `Try again in ${countdown}`,
  dismiss: "Dismiss",
  toQuote: (code: string, runId?: string | null) => (runId ? `${code} · run ${runId}` : code),
  /** Sentences in place of the launcher's own, by its code. */
  problems: {} as Record<string, string>,
};

export type Messages = typeof messages;

const SKIPPED: Record<SkipReason, string> = {
  missing_email: "no e-mail address",
  other_school: "of another school",
  outside_year: "of another academic year",
  unreadable_date: "unreadable completion date",
  duplicate_email: "e-mail address of another record",
  held_by_other_establishment: "e-mail address of another school",
};
