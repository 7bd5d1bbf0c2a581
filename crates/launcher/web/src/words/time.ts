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

/** "3 min 42 s". Rounded up, so that no time is left when it says so. */
export function countdown(ms: number, words: Words): string {
  return clock(Math.max(0, Math.ceil(ms / 1_000)), words);
}

/** "12 s". Rounded down. */
export function elapsed(ms: number, words: Words): string {
  return clock(Math.max(0, Math.floor(ms / 1_000)), words);
}

/** "12 s", "1 min 5 s", "2 min"; from ten minutes on in whole minutes. At least one second. */
export function duration(seconds: number, words: Words): string {
  const whole = Math.max(1, Math.round(seconds));
  const { durations } = words.messages;
  if (whole >= 600) return durations.minutes(Math.round(whole / 60), words.format);
  return whole % 60 === 0 ? durations.minutes(whole / 60, words.format) : clock(whole, words);
}

/** Always with its seconds, because it changes every second. */
function clock(seconds: number, { messages: { durations }, format }: Words): string {
  const minutes = Math.floor(seconds / 60);
  const rest = durations.seconds(seconds % 60, format);
  return minutes === 0 ? rest : `${durations.minutes(minutes, format)} ${rest}`;
}
