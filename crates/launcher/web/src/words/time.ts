// Times in words. Pure.

import type { Words } from "./words";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "27 hours". Counts in hours up to two days, because data is stale after one day. */
export function roughly(ms: number, { messages: { ages }, format }: Words): string {
  if (ms < MINUTE) return ages.moment;
  if (ms < HOUR) return ages.minutes(Math.floor(ms / MINUTE), format);
  if (ms < 2 * DAY) return ages.hours(Math.floor(ms / HOUR), format);
  return ages.days(Math.floor(ms / DAY), format);
}

/** "3:42". Rounded up, so that 0:00 means that no time is left. */
export function countdown(ms: number): string {
  return clock(Math.max(0, Math.ceil(ms / 1_000)));
}

/** "0:12". Rounded down. */
export function elapsed(ms: number): string {
  return clock(Math.max(0, Math.floor(ms / 1_000)));
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "2 s", "65 s", "3 min". At least one second. */
export function duration(seconds: number, { messages: { durations }, format }: Words): string {
  return seconds < 100
    ? durations.seconds(Math.max(1, Math.round(seconds)), format)
    : durations.minutes(Math.round(seconds / 60), format);
}
