// Describes a run's progress. Pure.

import type { Run } from "../client/contract";
import { duration } from "./time";
import type { Words } from "./words";

export interface ProgressText {
  /** "Fetching from Knack", or what the run is waiting for. */
  phase: string;
  /** "300 of 930 records", once known. */
  count: string | null;
  /** So much is done that cancelling should be confirmed. */
  isWellUnderWay: boolean;
}

export function progressText(run: Run | null, isCancelling: boolean, words: Words): ProgressText {
  const { phase, done, total } = run?.progress ?? {};
  const isCounted = phase && total && done != null;
  const isHalfFetched = phase === "fetching" && isCounted && done * 2 > total;
  return {
    phase: isCancelling ? words.messages.cancelling : phaseText(run, words),
    count: isCounted ? words.messages.progress(phase, done, total, words.format) : null,
    isWellUnderWay: isHalfFetched || (!!phase && phase !== "finding_school" && phase !== "fetching"),
  };
}

function phaseText(run: Run | null, words: Words): string {
  const { messages, format } = words;
  if (run === null) return messages.starting;
  const { state, waiting, progress } = run;
  if (state === "queued") return messages.queued(run.queuePosition ?? 0, format);
  if (waiting) return messages.waiting(messages.waitingFor[waiting.reason], duration(waiting.seconds, words));
  return progress ? (messages.phases[progress.phase] ?? messages.refreshing) : messages.starting;
}

/** What to read out of the progress: each quarter, once one is done. */
export function quarter(percent: number | null, { format }: Words): string | null {
  const done = (percent ?? 0) - ((percent ?? 0) % 25);
  return done > 0 ? format.percent(done) : null;
}
