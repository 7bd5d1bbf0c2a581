// Describes how a refresh ended. Pure.

import type { Problem, Run, Summary, TableChanges } from "../client/contract";
import { unreadable } from "../client/error";
import type { Outcome } from "../client/outcome";
import type { Messages } from "./messages";
import { duration } from "./time";

export interface NotificationText {
  tone: "success" | "warning" | "error" | "info";
  title: string;
  /** What happened, whether data changed, and what to do. */
  lines: string[];
  isRetryable: boolean;
  /** It has to be read, so it does not disappear by itself. */
  isPersistent: boolean;
  /** Problem code and run, to quote to support. */
  reference: string | null;
}

export function notificationText(outcome: Outcome, messages: Messages): NotificationText {
  switch (outcome.kind) {
    case "refused":
      return refused(outcome.error, messages);
    case "lost":
      return lost(outcome.error, messages);
    case "ended": {
      const { problem, summary, runId } = outcome.run;
      if (summary?.success) return success(outcome.run, summary, messages);
      // The launcher always gives a reason for a failure.
      return failure(problem ?? unreadable(), messages, runId);
    }
  }
}

/** A start whose response never came, or made no sense, may still have had an effect. */
function refused(error: Problem, messages: Messages): NotificationText {
  const text = failure(error, messages);
  const isUnknown = error.code === "unreachable" || error.code === "unreadable";
  return isUnknown ? { ...text, lines: [...text.lines, messages.startUnknown] } : text;
}

function lost(error: Problem, messages: Messages): NotificationText {
  const text = failure(error, messages);
  return { ...text, title: messages.lost, lines: [messages.lostAdvice], isRetryable: false };
}

/** Someone cancelled the refresh, or asked again too early: those are not errors. */
function failure(problem: Problem, messages: Messages, runId = problem.runId): NotificationText {
  const { code, message, retryable } = problem;
  const lines = [messages.problems[code] ?? message];
  const harmless = { tone: "info", lines, isRetryable: false, isPersistent: false, reference: null } as const;
  if (code === "cancelled") return { ...harmless, title: messages.cancelled };
  if (code === "cooling_down") return { ...harmless, title: messages.coolingDown };
  return {
    tone: "error",
    title: messages.failed,
    lines,
    isRetryable: retryable,
    isPersistent: true,
    reference: messages.reference(code, runId),
  };
}

function success(run: Run, summary: Summary, messages: Messages): NotificationText {
  const notes = notesOf(run, summary, messages);
  return {
    ...headline(summary, messages),
    lines: [lead(summary, messages), ...tableLines(summary, messages), ...notes],
    isRetryable: false,
    isPersistent: notes.length > 0,
    reference: summary.partial ? messages.reference("partial", run.runId) : null,
  };
}

function headline(
  { changes, partial, warnings }: Summary,
  messages: Messages,
): Pick<NotificationText, "tone" | "title"> {
  if (partial) {
    const refused = warnings.find((warning) => warning.code === "row_refused");
    return { tone: "warning", title: messages.partial(refused?.count ?? 1) };
  }
  const isUnchanged = TABLES.every((table) => written(changes[table]) === 0);
  return { tone: "success", title: isUnchanged ? messages.upToDate : messages.refreshed };
}

/** The first line: how many students, and how long it took. */
function lead({ changes, students_synced, partial, duration_seconds }: Summary, messages: Messages): string {
  const time = duration(duration_seconds);
  if (partial) return messages.partialAdvice(time);
  const { inserted, updated } = changes.students;
  // How many were already up to date follows from the total.
  const details = changeList({ inserted, updated, unchanged: 0 }, messages);
  if (details) return messages.updated(inserted + updated, students_synced, details, time);
  const isUnchanged = written(changes.vespa_scores) + written(changes.comments) === 0;
  return (isUnchanged ? messages.checked : messages.onlyOtherRows)(students_synced, time);
}

const TABLES = ["students", "vespa_scores", "comments"] as const;

/** One line for each table with changes; the students are in the first line already, unless the result is partial. */
function tableLines({ changes, partial }: Summary, messages: Messages): string[] {
  const tables = TABLES.slice(partial ? 0 : 1).filter((table) => written(changes[table]) > 0);
  return tables.map((table) => messages.tableChanges(table, changeList(changes[table], messages)));
}

function notesOf(run: Run, summary: Summary, messages: Messages): string[] {
  const left = summary.only_in_supabase;
  const tables = TABLES.filter((table) => left[table] > 0);
  return [
    ...summary.warnings.map((warning) => warning.message),
    ...summary.skipped.map(({ reason, count }) => messages.skipped(reason, count)),
    ...tables.map((table) => messages.onlyInSupabase(table, left[table])),
    ...(run.cache?.cleared === false ? [messages.cacheNotCleared] : []),
  ];
}

/** "3 new, 12 changed, 450 already up to date"; empty if all counts are zero. */
function changeList(changes: TableChanges, messages: Messages): string {
  const kinds = [
    [changes.inserted, messages.added],
    [changes.updated, messages.changed],
    [changes.unchanged, messages.unchanged],
  ] as const;
  return kinds.flatMap(([rows, say]) => (rows > 0 ? [say(rows)] : [])).join(", ");
}

function written(changes: TableChanges): number {
  return changes.inserted + changes.updated;
}
