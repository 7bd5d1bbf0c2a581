// Describes a run's progress. Pure.

import type { Run } from "../client/contract";
import type { Messages } from "./messages";

export interface ProgressText {
  /** "Fetching from Knack", or what the run is waiting for. */
  phase: string;
  /** "300 of 465 students", once known. */
  count: string | null;
  /** How much of the phase is done, from 0 to 100, once known. */
  percent: number | null;
  /** So much is done that cancelling should be confirmed. */
  isWellUnderWay: boolean;
}

export function progressText(run: Run | null, messages: Messages): ProgressText {
  const { phase, done, total } = run?.progress ?? {};
  const isCounted = phase && total && done != null;
  const percent = isCounted ? Math.min(100, Math.floor((done / total) * 100)) : null;
  return {
    phase: phaseText(run, messages),
    count: isCounted ? messages.progress(phase, done, total) : null,
    percent,
    isWellUnderWay: phase === "fetching" ? (percent ?? 0) > 50 : !!phase && phase !== "finding_school",
  };
}

function phaseText(run: Run | null, messages: Messages): string {
  if (run === null) return messages.starting;
  const { state, waiting, progress } = run;
  if (state === "cancelling") return messages.cancelling;
  if (state === "queued") return messages.queued(run.queuePosition ?? 0);
  if (waiting) {
    const seconds = Math.max(1, Math.round(waiting.seconds));
    return messages.waiting(messages.waitingFor[waiting.reason], seconds);
  }
  return progress ? messages.phases[progress.phase] : messages.starting;
}
