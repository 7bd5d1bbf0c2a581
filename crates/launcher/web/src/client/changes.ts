// The launcher's answers about what runs have changed, and about single records. A test compares these types with its OpenAPI
// document.

import type { PerTable, TableChanges } from "./contract";

export type ChangeKind = "inserted" | "updated";
/** The scores of one cycle, from 0 to 10; null where nothing was answered. */
export type ScoreValues = Partial<
  Record<"vision" | "effort" | "systems" | "practice" | "attitude" | "overall", number | null>
>;

/** A run, as its row in the log describes it. Its texts were written by others. */
export interface PastRun {
  runId: string;
  source: "button" | "cron" | "nightly";
  outcome: "running" | "succeeded" | "partial" | "failed" | "cancelled" | "unfinished";
  startedBy?: string | null;
  startedAt: string;
  durationSeconds?: number | null;
  changes?: PerTable<TableChanges> | null;
  skipped: { reason: string; count: number }[];
  warnings: { code: string; count: number }[];
  message?: string | null;
  hasChanges: boolean;
}

export interface StudentChanges {
  recordId: string;
  name?: string | null;
  /** What was done to the student's own row; null if that is as it was. */
  student?: ChangeKind | null;
  fields: string[];
  scores: { cycle: number; old?: ScoreValues | null; new?: ScoreValues | null }[];
  comments: { cycle: number; change: ChangeKind; kinds: string[] }[];
  answers: { cycle: number; change: ChangeKind; count: number }[];
}

export interface NamedRecord {
  recordId: string;
  name?: string | null;
}

export interface RunChanges {
  runId: string;
  endedAt: string;
  students: StudentChanges[];
  /** How many changes are not listed. */
  leftOut: number;
  skipped: { reason: string; count: number; records: NamedRecord[] }[];
  warned: { code: string; message: string; count: number; records: NamedRecord[] }[];
}

export interface Explanation {
  verdict: string;
  outcome: "inserted" | "updated" | "unchanged" | "skipped" | "absent";
  sentence: string;
  facts: { sentence: string; cycle?: number | null }[];
  record_id?: string | null;
  name?: string | null;
}
