// How a refresh ended, in words. Pure.

import type { Problem, Run, Summary, TableChanges } from "../client/contract";
import { unreadable } from "../client/error";
import type { Outcome } from "../state/machine";
import type { Messages } from "./messages";
import { duration } from "./time";

export interface Result {
  tone: "success" | "warning" | "error" | "info";
  title: string;
  /** What else to know: what happened, whether data changed, what to do. */
  lines: string[];
  retryable: boolean;
  /** It needs reading, so it is not taken away after a while. */
  stays: boolean;
  /** Code and run, to quote to whoever helps. */
  toQuote: string | null;
}

export function resultOf(outcome: Outcome, words: Messages): Result {
  switch (outcome.kind) {
    case "refused":
      return failure(outcome.error, words.notStarted, words);
    case "lost":
      return { ...failure(outcome.error, words.lost, words), lines: [words.lostAdvice], retryable: false };
    case "ended": {
      const { problem, summary, runId } = outcome.run;
      if (summary?.success) return success(outcome.run, summary, words);
      // The launcher always gives a reason.
      return failure(problem ?? unreadable(), words.failed, words, runId);
    }
  }
}

/** Somebody stopped it, or was too early: nothing is wrong then. */
function failure(problem: Problem, title: string, words: Messages, runId = problem.runId): Result {
  const { code, message, retryable } = problem;
  const isFine = code === "cancelled" || code === "cooling_down";
  return {
    tone: isFine ? "info" : "error",
    title: code === "cancelled" ? words.cancelled : title,
    lines: [words.problems[code] ?? message],
    retryable: retryable && !isFine,
    stays: !isFine,
    toQuote: isFine ? null : words.toQuote(code, runId),
  };
}

function success(run: Run, summary: Summary, words: Messages): Result {
  const told = notes(run, summary, words);
  return {
    tone: summary.partial ? "warning" : "success",
    title: headline(summary, words),
    lines: [...changes(summary, words), ...told],
    retryable: false,
    stays: told.length > 0,
    toQuote: summary.partial ? words.toQuote("partial", run.runId) : null,
  };
}

function headline(
  { changes, students_synced, partial, warnings, duration_seconds }: Summary,
  words: Messages,
): string {
  const time = duration(duration_seconds);
  if (partial) {
    const refused = warnings.find((warning) => warning.code === "row_refused");
    return words.partial(refused?.count ?? 1, time);
  }
  if (written(changes.students) > 0)
    return words.updated(students_synced, parts(changes.students, words), time);
  const isUpToDate = written(changes.vespa_scores) + written(changes.comments) === 0;
  return (isUpToDate ? words.upToDate : words.updatedRest)(students_synced, time);
}

const TABLES = ["students", "vespa_scores", "comments"] as const;

/** What was written; students stand in the headline, unless that tells of problems. */
function changes({ changes, partial }: Summary, words: Messages): string[] {
  const tables = TABLES.slice(partial ? 0 : 1).filter((table) => written(changes[table]) > 0);
  return tables.map((table) => words.rowChanges(table, parts(changes[table], words)));
}

function notes(run: Run, summary: Summary, words: Messages): string[] {
  const left = summary.only_in_supabase;
  const tables = TABLES.filter((table) => left[table] > 0);
  return [
    ...summary.warnings.map((warning) => warning.message),
    ...summary.skipped.map(({ reason, count }) => words.skipped(reason, count)),
    ...tables.map((table) => words.onlyInSupabase(table, left[table])),
    ...(run.cache?.cleared === false ? [words.cacheNotCleared] : []),
  ];
}

function parts(changes: TableChanges, words: Messages): string {
  const kinds = [
    [changes.inserted, words.isNew],
    [changes.updated, words.changed],
    [changes.unchanged, words.unchanged],
  ] as const;
  return kinds.flatMap(([rows, say]) => (rows > 0 ? [say(rows)] : [])).join(", ");
}

function written(changes: TableChanges): number {
  return changes.inserted + changes.updated;
}
