// Says how old a school's data is, without claiming more than is known: where the jobs that update all schools do not log
// their runs, only the time of the last refresh is known. Pure.

import type { SchoolStatus } from "../client/contract";
import { roughly } from "./time";
import type { Words } from "./words";

/** What the age of a school's data is calculated from. */
export type Ages = Pick<SchoolStatus, "now" | "lastRefreshAt" | "lastFullSyncAt">;

/** When the data was last updated, in milliseconds, if that is known. */
export function updatedAt(status: Ages): number | null {
  const known = [status.lastRefreshAt, status.lastFullSyncAt].filter((time) => time !== null);
  return known.length > 0 ? Math.max(...known.map(Date.parse)) : null;
}

/** `sinceRead` is how long ago the status was read, in milliseconds. */
export function freshness(status: Ages, sinceRead: number, words: Words): string {
  const { messages } = words;
  const at = updatedAt(status);
  if (at === null) return messages.neverRefreshed;
  const age = roughly(Date.parse(status.now) + sinceRead - at, words);
  return status.lastFullSyncAt === null ? messages.lastRefreshedHere(age) : messages.lastUpdated(age);
}

/** The longest that there may be to say, so that its place is kept. */
export function longestFreshness(words: Words): string[] {
  const { messages, format } = words;
  const age = messages.ages.minutes(59, format);
  return [
    messages.lastUpdated(age),
    messages.lastRefreshedHere(age),
    messages.neverRefreshed,
    messages.freshnessUnknown,
  ];
}
