// How the last refresh of each school ended, as far as this tab has seen it. Kept in memory only: it holds figures of a school.

import { shallowReactive } from "vue";

import type { Outcome } from "../src";

export interface Seen {
  outcome: Outcome;
  at: Date;
}

const seen = shallowReactive(new Map<string, Seen>());

export function remember(school: string, outcome: Outcome) {
  if (seen.get(school)?.outcome === outcome) return;
  seen.set(school, { outcome, at: endOf(outcome) });
}

export function lastOutcome(school: string): Seen | undefined {
  return seen.get(school);
}

/** Another user may sign in. */
export function forgetOutcomes() {
  seen.clear();
}

/** By the refresh's own clock, where it tells. */
function endOf(outcome: Outcome): Date {
  const told = outcome.kind === "ended" ? outcome.run.summary?.timestamp : undefined;
  return told === undefined ? new Date() : new Date(told);
}
