// The averages before a refresh. Nobody keeps them but this tab, if it has seen them: they outlive a reload, and end with the tab
// or when its user signs out. Averages alone, nothing about a student.

import type { CycleFigures } from "../api";
import type { PastRun } from "./api";

/** The averages that one run has changed. */
export interface Before {
  run: string;
  cycles: CycleFigures[];
}

const KEY = "vespa-averages-before";
const MOST_SCHOOLS = 20;

/** The one run that is in the second list and not in the first; null where it is not one alone, or its changes are not kept. */
export function onlyNew(earlier: readonly PastRun[], now: readonly PastRun[]): string | null {
  const known = new Set(earlier.map(({ runId }) => runId));
  const added = now.filter(({ runId }) => !known.has(runId));
  return added.length === 1 && added[0]!.hasChanges ? added[0]!.runId : null;
}

export function rememberBefore(school: string, before: Before) {
  const all = Object.entries(read()).filter(([of]) => of !== school);
  write(Object.fromEntries([...all.slice(1 - MOST_SCHOOLS), [school, before]]));
}

/** The averages before this run, if this tab has seen them. */
export function beforeOf(school: string, run: string): CycleFigures[] | null {
  const before = read()[school];
  return before?.run === run ? before.cycles : null;
}

export function forgetAverages() {
  write({});
}

function read(): Record<string, Before> {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as Record<string, Before>;
  } catch {
    return {};
  }
}

/** Where the browser allows no storage, or it is full, averages before a refresh are unknown. */
function write(all: Record<string, Before>) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    return;
  }
}
