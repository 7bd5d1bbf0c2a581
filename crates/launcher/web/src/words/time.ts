// Times in words. Pure.

import { counted } from "./numbers";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "27 hours". Counts in hours up to two days, because data is stale after one day. */
export function roughly(ms: number): string {
  if (ms < MINUTE) return "a moment";
  const [unit, name] = ms < HOUR ? [MINUTE, "minute"] : ms < 2 * DAY ? [HOUR, "hour"] : [DAY, "day"];
  return counted(Math.floor(ms / unit), name);
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

/** "2 s", "65 s", "3 min". At least one second, with a no-break space. */
export function duration(seconds: number): string {
  return seconds < 100
    ? `${Math.max(1, Math.round(seconds))}\u00a0s`
    : `${Math.round(seconds / 60)}\u00a0min`;
}
