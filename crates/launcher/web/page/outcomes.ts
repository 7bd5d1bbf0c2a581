// Remembers how each school's last refresh ended, if it was followed in this tab. Kept in memory only, because it holds a
// school's figures.

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
