// How old a school's data is, in words that claim no more than is known: without a logged job for all schools, only when
// it was last refreshed here. Pure.

import type { SchoolStatus } from "../client/contract";
import type { Messages } from "./messages";
import { span } from "./time";

/** When the data was last made fresh, if ever; milliseconds. */
export function updatedAt(status: SchoolStatus): number | null {
  const known = [status.lastRefreshAt, status.lastFullSyncAt].filter((time) => time !== null);
  return known.length > 0 ? Math.max(...known.map(Date.parse)) : null;
}

export function lastUpdated(status: SchoolStatus, now: number, words: Messages): string {
  const at = updatedAt(status);
  if (at === null) return words.neverRefreshed;
  const age = span(now - at);
  return status.lastFullSyncAt === null ? words.lastRefreshedHere(age) : words.lastUpdated(age);
}
