// Requests a school's last runs, the changes of a run, and explanations of records.

import { createHttp } from "../../src/client/http";
import type { Explanation, PastRun, RunChanges } from "../../src";
import { storedToken } from "../session";

export type {
  ChangeKind,
  Explanation,
  NamedRecord,
  PastRun,
  RunChanges,
  ScoreValues,
  StudentChanges,
} from "../../src";

const http = createHttp({ getToken: storedToken });

export async function runsOf(school: string, signal: AbortSignal): Promise<PastRun[]> {
  const path = `/api/sync/runs?establishmentId=${encodeURIComponent(school)}`;
  return (await http.json(path, isRunList, { signal })).runs;
}

export function changesOf(run: string, signal: AbortSignal): Promise<RunChanges> {
  return http.json(`/api/sync/runs/${run}/changes`, isRunChanges, { signal });
}

/** The question is part of no address. */
export function explain(school: string, question: string, signal: AbortSignal): Promise<Explanation> {
  return http.json(`/api/establishments/${school}/explain`, isExplanation, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ question }),
    signal,
  });
}

function isRunList(body: unknown): body is { runs: PastRun[] } {
  return Array.isArray((body as { runs?: unknown } | null)?.runs);
}

function isRunChanges(body: unknown): body is RunChanges {
  const changes = body as RunChanges | null;
  return Array.isArray(changes?.students) && Array.isArray(changes.skipped);
}

function isExplanation(body: unknown): body is Explanation {
  const explanation = body as Explanation | null;
  return typeof explanation?.sentence === "string" && Array.isArray(explanation.facts);
}
