// How far a run has come as a whole, and how large it is. Neither ever shrinks, whatever the phases count. Pure.

import type { Phase, Progress } from "../client/contract";

export interface Extent {
  /** From 0 to 100; null until the first phase. */
  readonly percent: number | null;
  /** How many records there are to fetch, once Knack has told. */
  readonly records: number | null;
}

export const NOTHING_KNOWN: Extent = { percent: null, records: null };

/** Where each phase begins and ends on the bar: about as much of it as it takes of the time. */
const PLACES: Readonly<Record<Phase, readonly [from: number, to: number]>> = {
  finding_school: [0, 2],
  fetching: [2, 70],
  comparing: [70, 72],
  writing: [72, 98],
  finishing: [98, 100],
};

export function further(before: Extent, progress: Progress | null): Extent {
  const place = progress && PLACES[progress.phase];
  if (!place) return before;
  const [from, to] = place;
  const { done, total } = progress;
  const share = total && done !== null ? Math.min(1, done / total) : 0;
  const percent = Math.max(before.percent ?? 0, Math.floor(from + (to - from) * share));
  const records = progress.phase === "fetching" ? Math.max(before.records ?? 0, total ?? 0) : before.records;
  return { percent, records: records || null };
}

/** What a first refresh takes, as measured: about three seconds, and one for every 600 records. Told in steps of five. */
export function firstRefreshSeconds({ records }: Extent): number | null {
  return records === null ? null : Math.ceil((3 + records / 600) / 5) * 5;
}
