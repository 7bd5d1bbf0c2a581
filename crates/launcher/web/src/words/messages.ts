// Every text that people see, in one table. A dashboard may override any of them.

import type { PerTable, Phase, Run, SkipReason } from "../client/contract";
import { counted, grouped } from "./numbers";

export const messages = {
  refresh: "Refresh Data",
  starting: "Starting…",
  refreshing: "Refreshing…",
  cancelling: "Cancelling…",
  availableIn: (time: string) => `Available again in ${time}`,

  /** Used where the jobs that update all schools log their runs, so that the data's age is known. */
  lastUpdated: (age: string) => `Last updated ${age} ago`,
  /** Used elsewhere: a job may have updated the data since, without a trace. */
  lastRefreshedHere: (age: string) => `Last refreshed here ${age} ago`,
  neverRefreshed: "Not refreshed here yet",
  freshnessUnknown: "Can't check how fresh this data is",

  refreshNow: (freshness: string) => `${freshness}. Refresh now?`,
  notNow: "Not now",

  dialogTitle: (school?: string) => (school ? `Refreshing Data for ${school}` : "Refreshing Data…"),
  queued: (ahead: number) =>
    ahead === 0 ? "Next in the queue" : `In the queue behind ${counted(ahead, "other school")}`,
  phases: {
    finding_school: "Finding the school",
    fetching: "Fetching from Knack",
    comparing: "Comparing with the dashboard's data",
    writing: "Saving changes",
    finishing: "Finishing",
  } satisfies Record<Phase, string>,
  progress: (phase: Phase, done: number, total: number) =>
    `${grouped(done)} of ${counted(total, phase === "writing" ? "change" : "student")}`,
  waitingFor: { knack: "Knack is busy", supabase: "The database is busy" } satisfies Record<
    NonNullable<Run["waiting"]>["reason"],
    string
  >,
  waiting: (reason: string, seconds: number) => `${reason}. Trying again in ${seconds}\u00a0s`,
  joined: "This refresh was already running.",
  reconnecting: "Connection lost. Reconnecting… This does not stop the refresh.",
  elapsed: (time: string) => `Elapsed: ${time}`,
  usually: (duration: string) => `usually ${duration}`,
  runInBackground: "Run in background",
  cancel: "Cancel refresh",
  confirmCancel: "The refresh is well under way. Changes already saved are kept. Cancel it?",
  confirmCancelYes: "Yes, cancel",
  confirmCancelNo: "No, keep going",
  cancelFailed: "Couldn't cancel; the refresh is still running.",

  refreshed: "Data refreshed",
  updated: (changed: number, students: number, details: string, time: string) => {
    const which = changed < students ? `${grouped(changed)} of ` : "";
    return `Updated ${which}${counted(students, "student")} in ${time}: ${details}`;
  },
  onlyOtherRows: (students: number, time: string) =>
    `Checked ${counted(students, "student")} in ${time}; only scores or comments had changed`,
  upToDate: "Already up to date",
  checked: (students: number, time: string) => `Checked ${counted(students, "student")} in ${time}`,
  partial: (problems: number) => `Data refreshed with ${counted(problems, "problem")}`,
  partialAdvice: (time: string) =>
    `Some data could not be saved; the rest was saved in ${time}. Tell your administrator, and quote the reference below.`,
  added: (rows: number) => `${grouped(rows)} new`,
  changed: (rows: number) => `${grouped(rows)} changed`,
  unchanged: (rows: number) => `${grouped(rows)} already up to date`,
  tableChanges: (table: keyof PerTable<unknown>, details: string) =>
    `${{ students: "Students", vespa_scores: "Scores", comments: "Comments" }[table]}: ${details}`,
  onlyInSupabase: (table: keyof PerTable<unknown>, rows: number) => {
    const noun = { students: "student", vespa_scores: "score", comments: "comment" }[table];
    const verbs = rows === 1 ? "is no longer in Knack, but stays" : "are no longer in Knack, but stay";
    return `${counted(rows, noun)} ${verbs} in the dashboard`;
  },
  skipped: (reason: SkipReason, records: number) =>
    `${counted(records, "record")} skipped: ${SKIP_REASONS[reason]}`,
  cacheNotCleared:
    "The dashboard's cache could not be cleared, so some figures may be out of date for up to half an hour.",

  cancelled: "Refresh cancelled",
  coolingDown: "Please wait before refreshing again",
  failed: "Refresh failed",
  startUnknown: "The refresh may have started anyway. It is safe to try again.",
  lost: "Lost track of the refresh",
  lostAdvice: "It may or may not have finished. Changes already saved are kept. Refresh again to be sure.",
  tryAgain: "Try again",
  tryAgainIn: (countdown: string) => `Try again in ${countdown}`,
  dismiss: "Dismiss",
  /** What to quote to support. */
  reference: (code: string, runId?: string | null) =>
    runId ? `Reference: ${code} · run ${runId}` : `Reference: ${code}`,
  /** Sentences to show instead of the launcher's own, by problem code. */
  problems: {} as Record<string, string>,
};

export type Messages = typeof messages;

const SKIP_REASONS: Record<SkipReason, string> = {
  missing_email: "no valid e-mail address",
  other_school: "from another school",
  outside_year: "from another academic year",
  unreadable_date: "unreadable completion date",
  duplicate_email: "same e-mail address as another record",
  email_of_another_student: "same e-mail address as another student",
  held_by_other_establishment: "e-mail address already used by another school",
};
