// Puts each student's changes into words, and into the rows of a CSV file. Pure.

import { ELEMENTS, type Element, type Overview } from "../api";
import type { ChangeKind, ScoreValues, StudentChanges } from "./api";

const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
const shown = (score: number | null | undefined) => (score == null ? "–" : String(score));

const COLUMNS: Record<string, string> = {
  knack_id: "record in Knack",
  email: "e-mail",
  year_group: "year group",
};
const COMMENTS: Record<string, string> = { rrc: "reflection", goal: "goal" };

/** How a student is called where no name is stored. */
export function nameOf({ name, recordId }: { name?: string | null; recordId: string }): string {
  return name || `Record ${recordId}`;
}

/** Those whose name another student has too: their records tell them apart. */
export function namesakes(students: readonly StudentChanges[]): Set<string> {
  const names = students.map(nameOf);
  const first = new Set<string>();
  return new Set(names.filter((name) => first.size === first.add(name).size));
}

/** By name, as people sort names. */
export function sorted(students: readonly StudentChanges[]): StudentChanges[] {
  const { compare } = new Intl.Collator("en-GB");
  return students.toSorted((a, b) => compare(nameOf(a), nameOf(b)) || compare(a.recordId, b.recordId));
}

/** Each change of a student as a line. */
export function linesOf(student: StudentChanges): string[] {
  const fields = student.fields.map((field) => COLUMNS[field] ?? field);
  const details = fields.length > 0 ? `: ${fields.join(", ")}` : "";
  return [
    ...(student.student === "inserted" ? ["New student"] : []),
    ...(student.student === "updated" ? [`Details changed${details}`] : []),
    ...student.scores.map((it) => `Cycle ${it.cycle}: ${scoresInWords(it.old, it.new)}`),
    ...student.comments.map(
      ({ cycle, change, kinds }) => `Cycle ${cycle}: ${commentsInWords(kinds)} ${inWords(change)}`,
    ),
    ...student.answers.map(
      ({ cycle, change, count }) =>
        `Cycle ${cycle}: ${count} ${count === 1 ? "answer" : "answers"} ${inWords(change)}`,
    ),
  ];
}

function inWords(change: ChangeKind): string {
  return change === "inserted" ? "new" : "changed";
}

function commentsInWords(kinds: readonly string[]): string {
  return kinds.length > 0 ? kinds.map((kind) => COMMENTS[kind] ?? kind).join(" and ") : "comments";
}

function scoresInWords(old: ScoreValues | null | undefined, now: ScoreValues | null | undefined): string {
  if (!now) return "scores changed";
  const changed = ELEMENTS.filter((it) => !old || (old[it] ?? null) !== (now[it] ?? null));
  // Only a date, or whose they are, differed.
  if (changed.length === 0) return "scores rewritten with the same values";
  const words = changed.map((it) =>
    old ? `${capital(it)} ${shown(old[it])} → ${shown(now[it])}` : `${capital(it)} ${shown(now[it])}`,
  );
  return `${old ? "" : "new scores, "}${words.join(", ")}`;
}

/** The averages before and after, by cycle, where one that is shown differs. */
export function averagesOf(before: Overview | null, after: Overview | null): string[] {
  const mean = (value: number | null) => (value == null ? "–" : value.toFixed(1));
  return (after?.cycles ?? []).flatMap(({ cycle, means }) => {
    const old = before?.cycles.find((it) => it.cycle === cycle)?.means;
    const differing = ELEMENTS.filter((it) => old && mean(old[it]) !== mean(means[it]));
    const words = differing.map((it) => `${capital(it)} ${mean(old![it])} → ${mean(means[it])}`);
    return words.length > 0 ? [`Cycle ${cycle}: ${words.join(", ")}`] : [];
  });
}

type Cell = string | number | null | undefined;

/** The changes as rows of a file, one for each student, table and cycle. */
export function fileOf(students: readonly StudentChanges[]): Cell[][] {
  const head = ["Student", "Record in Knack", "What", "Change", "Cycle", "Details"];
  const scores = ELEMENTS.flatMap((it) => [`${capital(it)} before`, `${capital(it)} after`]);
  const rows = sorted(students).flatMap((student) => {
    const row = (what: string, change: string, cycle: Cell, details: Cell, values: Cell[] = []): Cell[] => [
      student.name ?? "",
      student.recordId,
      what,
      change,
      cycle,
      details,
      ...values,
    ];
    const both = (old: ScoreValues | null | undefined, now: ScoreValues | null | undefined) =>
      ELEMENTS.flatMap((it: Element) => [old?.[it], now?.[it]]);
    return [
      ...(student.student ? [row("Student", inWords(student.student), "", student.fields.join(" "))] : []),
      ...student.scores.map((it) =>
        row("Scores", it.old ? "changed" : "new", it.cycle, "", both(it.old, it.new)),
      ),
      ...student.comments.map((it) =>
        row("Comments", inWords(it.change), it.cycle, commentsInWords(it.kinds)),
      ),
      ...student.answers.map((it) => row("Answers", inWords(it.change), it.cycle, it.count)),
    ];
  });
  return [[...head, ...scores], ...rows];
}
