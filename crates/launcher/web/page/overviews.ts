// The figures of each school as this tab has read them last, to be shown until they are read again. Kept in memory only.

import type { Overview } from "./api";

const seen = new Map<string, Overview>();

export function rememberOverview(school: string, overview: Overview) {
  seen.set(school, overview);
}

export function lastOverview(school: string): Overview | null {
  return seen.get(school) ?? null;
}

/** Another user may sign in. */
export function forgetOverviews() {
  seen.clear();
}
