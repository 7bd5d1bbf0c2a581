// Describes how a refresh ended. Pure.

import type { Problem, Run, Skipped, Summary, Table, TableChanges, Warning } from "../client/contract";
import { isAnswerLost, unreadable } from "../client/error";
import type { Outcome } from "../client/outcome";
import { duration } from "./time";
import type { Words } from "./words";

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

export function notificationText(outcome: Outcome, words: Words): NotificationText {
  switch (outcome.kind) {
    case "refused":
      return refused(outcome.error, words);
    case "lost":
      return lost(outcome.error, words);
    case "ended": {
      const { problem, summary, runId } = outcome.run;
      if (summary?.success) return success(outcome, summary, words);
      // The launcher always gives a reason for a failure.
      return failure(problem ?? unreadable(), words, runId);
    }
  }
}

/** A start whose response never came, or made no sense, may still have had an effect. */
function refused(error: Problem, words: Words): NotificationText {
  const text = failure(error, words);
  return isAnswerLost(error) ? { ...text, lines: [...text.lines, words.messages.startUnknown] } : text;
}

function lost(error: Problem, words: Words): NotificationText {
  const { messages } = words;
  const text = { ...failure(error, words), isRetryable: false };
  if (error.code === "still_running") return { ...text, tone: "info", title: messages.stillRunning };
  return { ...text, title: messages.lost, lines: [messages.lostAdvice] };
}

/** Someone cancelled the refresh, or asked again too early: those are not errors. */
function failure(problem: Problem, { messages }: Words, runId = problem.runId): NotificationText {
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

function success(
  { run, figures, wasEarlier }: Outcome & { kind: "ended" },
  summary: Summary,
  words: Words,
): NotificationText {
  const { messages } = words;
  const notes = notesOf(run, summary, words);
  const aboutFigures = { shown: [], late: [messages.figuresLate], failed: [messages.figuresFailed] }[figures];
  return {
    ...headline(run, summary, figures === "failed", words),
    lines: [
      ...(wasEarlier ? [messages.earlier] : []),
      lead(summary, words),
      ...aboutFigures,
      ...tableLines(summary, words),
      ...notes,
    ],
    isRetryable: false,
    isPersistent: notes.length + aboutFigures.length > 0 || isNothing(summary),
    reference: summary.partial ? messages.reference("partial", run.runId) : null,
  };
}

/** Warnings about which nothing needs to be done. */
export const HARMLESS = [
  "adopted_orphan",
  "cleaned_text",
  "column_missing",
  "kept_newer",
  "last_years_cycle",
];

function headline(
  run: Run,
  summary: Summary,
  isOutOfDate: boolean,
  { messages, format }: Words,
): Pick<NotificationText, "tone" | "title"> {
  const problems = countProblems(run, summary);
  if (summary.partial) return { tone: "warning", title: messages.partial(Math.max(1, problems), format) };
  if (isNothing(summary)) return { tone: "warning", title: messages.nothingFound };
  if (problems > 0) return { tone: "warning", title: messages.refreshedWithNotes };
  return {
    tone: isOutOfDate ? "warning" : "success",
    title: isUnchanged(summary) ? messages.upToDate : messages.refreshed,
  };
}

/** How many things need attention, as the lines count them. */
function countProblems(run: Run, summary: Summary): number {
  const warnings = summary.warnings.filter(({ code }) => !HARMLESS.includes(code));
  const counts = [...warnings, ...skippedWithoutWarning(summary)].map(({ count }) => count);
  return counts.reduce((sum, count) => sum + count, isCacheStale(run) ? 1 : 0);
}

/** A warning of the same kind says more. */
function skippedWithoutWarning({ skipped, warnings }: Summary): Skipped[] {
  return skipped.filter(({ reason }) => !warnings.some(({ code }) => code === reason));
}

function isCacheStale(run: Run): boolean {
  return run.cache?.cleared === false;
}

function isUnchanged({ changes }: Summary): boolean {
  return tablesOf(changes).every(([, rows]) => written(rows) === 0);
}

function isNothing({ students_synced, partial }: Summary): boolean {
  return students_synced === 0 && !partial;
}

/** The first line: how many students, and how long it took. */
function lead(summary: Summary, words: Words): string {
  const { messages, format } = words;
  const { changes, students_synced, partial, skipped, duration_seconds } = summary;
  const time = duration(duration_seconds, words);
  if (partial) return messages.partialAdvice(time);
  if (isNothing(summary))
    return (skipped.length > 0 ? messages.allSkipped : messages.nothingFoundAdvice)(time);
  const { inserted, updated } = changes.students;
  // How many were already up to date follows from the total.
  const details = changeList({ inserted, updated, unchanged: 0 }, words);
  if (details) return messages.updated(inserted + updated, students_synced, details, time, format);
  return (isUnchanged(summary) ? messages.checked : messages.onlyOtherRows)(students_synced, time, format);
}

const TABLES: readonly Table[] = ["students", "vespa_scores", "comments", "question_responses"];

/** Those that the refresh reports on. */
function tablesOf<T>(perTable: Partial<Record<Table, T>>): [Table, T][] {
  return TABLES.flatMap((table) => {
    const value = perTable[table];
    return value === undefined ? [] : [[table, value] as [Table, T]];
  });
}

/** One line for each table with changes; the students are in the first line already, unless the result is partial. */
function tableLines({ changes, partial }: Summary, words: Words): string[] {
  const { messages } = words;
  return tablesOf(changes)
    .filter(([table, rows]) => written(rows) > 0 && (partial || table !== "students"))
    .map(([table, rows]) => messages.tableChanges(messages.tables[table]!, changeList(rows, words)));
}

function notesOf(run: Run, summary: Summary, words: Words): string[] {
  const { messages, format } = words;
  return [
    ...summary.warnings.map((warning) => warningText(warning, words)),
    ...skippedWithoutWarning(summary).map(({ reason, count }) =>
      messages.skipped(messages.skipReasons[reason] ?? messages.otherReason(reason), count, format),
    ),
    ...tablesOf(summary.only_in_supabase)
      .filter(([, rows]) => rows > 0)
      .map(([table, rows]) => messages.onlyInSupabase(messages.tables[table]!, rows, format)),
    ...(isCacheStale(run) ? [messages.cacheNotCleared] : []),
  ];
}

function warningText({ code, message, count, record_ids }: Warning, { messages, format }: Words): string {
  const own = messages.warnings[code];
  if (typeof own === "function") return own(count, format);
  return messages.warning(own ?? message, record_ids.length > 0 || count > 1 ? count : 0, format);
}

/** "3 new, 12 changed, 450 already up to date"; empty if all counts are zero. */
function changeList(changes: TableChanges, { messages, format }: Words): string {
  const kinds = [
    [changes.inserted, messages.added],
    [changes.updated, messages.changed],
    [changes.unchanged, messages.unchanged],
  ] as const;
  return kinds.flatMap(([rows, say]) => (rows > 0 ? [say(rows, format)] : [])).join(", ");
}

function written(changes: TableChanges): number {
  return changes.inserted + changes.updated;
}
