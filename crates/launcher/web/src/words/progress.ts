// Where a run stands, in words and numbers. Pure.

import type { Run } from "../client/contract";
import type { Messages } from "./messages";

export interface Standing {
  /** "Fetching from Knack"; what it waits for, if it does. */
  phase: string;
  /** "Students 300 of 465", once that is known. */
  count: string | null;
  /** How much of the phase is done, from 0 to 100, once that is known. */
  percent: number | null;
  /** More is done than left, so that stopping is worth a second thought. */
  isMostlyDone: boolean;
}

export function standing(run: Run | null, words: Messages): Standing {
  const { phase, done, total } = run?.progress ?? {};
  const isCounted = phase && total && done != null;
  const percent = isCounted ? Math.min(100, Math.floor((done / total) * 100)) : null;
  return {
    phase: phaseText(run, words),
    count: isCounted ? words.progress(phase, done, total) : null,
    percent,
    isMostlyDone: phase === "fetching" ? (percent ?? 0) > 50 : !!phase && phase !== "finding_school",
  };
}

function phaseText(run: Run | null, words: Messages): string {
  if (run === null) return words.starting;
  const { state, waiting, progress } = run;
  if (state === "cancelling") return words.cancelling;
  if (state === "queued") return words.queued(run.queuePosition ?? 0);
  if (waiting)
    return words.waiting(words.waitingFor[waiting.reason], Math.max(1, Math.round(waiting.seconds)));
  return progress ? words.phases[progress.phase] : words.starting;
}
