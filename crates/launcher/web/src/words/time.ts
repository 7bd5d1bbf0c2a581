// Spans of time and numbers in words. Pure; milliseconds in, text out.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "27 hours"; hours up to two days, since a day is what makes data stale. */
export function span(ms: number): string {
  if (ms < MINUTE) return "a moment";
  const [unit, name] = ms < HOUR ? [MINUTE, "minute"] : ms < 2 * DAY ? [HOUR, "hour"] : [DAY, "day"];
  return counted(Math.floor(ms / unit), name);
}

/** "1 student", "2 students". */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** "3:42", rounded up, so that 0:00 is not shown while something is left. */
export function countdown(ms: number): string {
  return clock(Math.max(0, Math.ceil(ms / 1_000)));
}

/** "0:12". */
export function elapsed(ms: number): string {
  return clock(Math.max(0, Math.floor(ms / 1_000)));
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "2 s", "65 s", "3 min"; never less than a second, and never broken at the end of a line. */
export function duration(seconds: number): string {
  return seconds < 100
    ? `${Math.max(1, Math.round(seconds))}\u00a0s`
    : `${Math.round(seconds / 60)}\u00a0min`;
}
