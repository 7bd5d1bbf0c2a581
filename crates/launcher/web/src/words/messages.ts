// Every text that people see, in one table. A dashboard may override any of them. Functions get plain numbers, and a `format`
// to write them with.

import type { Phase, Run, SkipReason, Table } from "../client/contract";
import type { Format } from "./format";

/** A text, or a function that makes it of a count. */
export type CountedText = string | ((count: number, format: Format) => string);

export const messages = {
  refresh: "Refresh Data",
  starting: "Starting…",
  refreshing: "Refreshing…",
  cancelling: "Cancelling…",
  /** `time` is like "3 min 42 s", or in words, like "4 minutes". */
  availableIn: (time: string) => `Available in ${time}`,

  /** Used where the jobs that update all schools log their runs, so that the data's age is known. */
  lastUpdated: (age: string) => `Last updated ${age} ago`,
  /** Used elsewhere: a job may have updated the data since, without a trace. */
  lastRefreshedHere: (age: string) => `Last refreshed here ${age} ago`,
  neverRefreshed: "Not refreshed here yet",
  freshnessUnknown: "Can't check how fresh this data is",
  ages: {
    moment: "a moment",
    minutes: (n: number, format: Format) => format.counted(n, "minute"),
    hours: (n: number, format: Format) => format.counted(n, "hour"),
    days: (n: number, format: Format) => format.counted(n, "day"),
  },
  /** With no-break spaces. */
  durations: {
    seconds: (n: number, format: Format) => `${format.number(n)}\u00a0s`,
    minutes: (n: number, format: Format) => `${format.number(n)}\u00a0min`,
  },

  refreshNow: (freshness: string) => `${freshness}. Refresh now?`,
  notNow: "Not now",

  dialogTitle: "Refreshing Data…",
  queued: (ahead: number, format: Format) =>
    ahead === 0 ? "Next in the queue" : `In the queue behind ${format.counted(ahead, "other school")}`,
  phases: {
    finding_school: "Finding the school",
    fetching: "Fetching from Knack",
    comparing: "Comparing with the dashboard's data",
    writing: "Saving changes",
    finishing: "Finishing",
  } satisfies Record<Phase, string> as Record<Phase, string>,
  progress: (phase: Phase, done: number, total: number, format: Format) =>
    `${format.number(done)} of ${format.counted(total, phase === "writing" ? "change" : "record")}`,
  waitingFor: { knack: "Knack is busy", supabase: "The database is busy" } satisfies Record<
    NonNullable<Run["waiting"]>["reason"],
    string
  >,
  waiting: (reason: string, duration: string) => `${reason}. Trying again in ${duration}`,
  joined: "This refresh was already running.",
  reconnecting: "Connection lost, so the progress is not known. Reconnecting…",
  status: (status: string) => `Status: ${status}`,
  statuses: {
    inProgress: "In progress",
    queued: "Waiting",
    unknown: "Unknown",
    complete: "Complete",
  },
  elapsed: (time: string) => `Elapsed: ${time}`,
  usually: (duration: string) => `This usually takes ${duration}`,
  /** Of a school that has not been refreshed before, by the number of its records. */
  firstTakes: (duration: string) => `A first refresh of this size takes about ${duration}`,
  showingFigures: "Loading the new figures",
  succeeded: "Data refreshed successfully!",
  runInBackground: "Run in background",
  close: "Close",
  cancel: "Cancel refresh",
  confirmCancel: "The refresh is well under way. Changes already saved are kept. Cancel it?",
  confirmCancelYes: "Yes, cancel",
  confirmCancelNo: "No, keep going",
  cancelFailed: "Couldn't cancel. The refresh may still be running.",

  refreshed: "Data refreshed",
  /** Some records were skipped, or something else needs attention. */
  refreshedWithNotes: "Data refreshed. Please check:",
  updated: (changed: number, students: number, details: string, duration: string, format: Format) => {
    const which = changed < students ? `${format.number(changed)} of ` : "";
    return `Updated ${which}${format.counted(students, "student")} in ${duration}: ${details}`;
  },
  onlyOtherRows: (students: number, duration: string, format: Format) =>
    `Checked ${format.counted(students, "student")} in ${duration}; only scores, comments or answers had changed`,
  upToDate: "Already up to date",
  checked: (students: number, duration: string, format: Format) =>
    `Checked ${format.counted(students, "student")} in ${duration}`,
  nothingFound: "No students found in Knack",
  nothingFoundAdvice: (duration: string) =>
    `Knack has no completed questionnaires that belong to this school and academic year, so nothing was changed. Checked in ${duration}`,
  /** Knack has records of the school, but all of them were skipped. */
  allSkipped: (duration: string) =>
    `None of the school's records in Knack could be used, so no students were updated. The notes below say why. Checked in ${duration}`,
  earlier: "This school had just been refreshed, so no new refresh was started.",
  figuresLate: "The dashboard is still loading the new figures. If they do not appear, reload the page.",
  figuresFailed: "The dashboard could not load the new figures. Reload the page to see them.",
  partial: (problems: number, format: Format) => `Data refreshed with ${format.counted(problems, "problem")}`,
  partialAdvice: (duration: string) =>
    `Some data could not be saved; the rest was saved in ${duration}. Tell your administrator, and quote the reference below.`,
  added: (rows: number, format: Format) => `${format.number(rows)} new`,
  changed: (rows: number, format: Format) => `${format.number(rows)} changed`,
  unchanged: (rows: number, format: Format) => `${format.number(rows)} already up to date`,
  tables: {
    students: "Students",
    vespa_scores: "Scores",
    comments: "Comments",
    question_responses: "Answers",
  } satisfies Record<Table, string> as Record<string, string>,
  tableChanges: (table: string, details: string) => `${table}: ${details}`,
  onlyInSupabase: (table: Table, rows: number, format: Format) => {
    const nouns = {
      students: "student",
      vespa_scores: "score",
      comments: "comment",
      question_responses: "answer",
    };
    const verbs = rows === 1 ? "is no longer in Knack, but stays" : "are no longer in Knack, but stay";
    return `${format.counted(rows, nouns[table])} ${verbs} in the dashboard`;
  },
  skipped: (reason: string, records: number, format: Format) =>
    `${format.counted(records, "record")} skipped: ${reason}`,
  skipReasons: {
    missing_email: "no valid e-mail address",
    other_school: "from another school",
    outside_year: "from another academic year",
    unreadable_date: "unreadable completion date",
    duplicate_email: "same e-mail address as another record",
    email_of_another_student: "same e-mail address as another student",
    held_by_other_establishment: "e-mail address already used by another school",
    no_student: "answers that match no student of this school and year",
  } satisfies Record<SkipReason, string> as Record<string, string>,
  /** For a reason that this version of the package does not know. */
  otherReason: (code: string) => `reason ${code}`,
  /** Sentences to show instead of the launcher's own, by the code of the warning. */
  warnings: {} as Record<string, CountedText>,
  /** `times` is 0 where the warning is about the whole refresh. */
  warning: (text: string, times: number, format: Format) =>
    times > 0 ? `${text} (${format.counted(times, "time")})` : text,
  more: (lines: number, format: Format) => `${format.counted(lines, "more note")}`,
  cacheNotCleared:
    "The dashboard's cache could not be cleared, so some figures may be out of date for up to half an hour.",

  cancelled: "Refresh cancelled",
  coolingDown: "Please wait before refreshing again",
  failed: "Refresh failed",
  startUnknown: "The refresh may have started anyway. It is safe to try again.",
  stillRunning: "Still refreshing",
  lost: "Lost track of the refresh",
  lostAdvice: "It may or may not have finished. Changes already saved are kept. Refresh again to be sure.",
  tryAgain: "Try again",
  tryAgainIn: (countdown: string) => `Try again in ${countdown}`,
  dismiss: "Dismiss",
  /** The button of the event `show-changes`. */
  showChanges: "Show what changed",
  /** What to quote to support. */
  reference: (code: string, runId?: string | null) =>
    runId ? `Reference: ${code} · run ${runId}` : `Reference: ${code}`,
  /** Sentences to show instead of the launcher's or the client's own, by the code of the problem. */
  problems: {} as Record<string, string>,
};

export type Messages = typeof messages;
