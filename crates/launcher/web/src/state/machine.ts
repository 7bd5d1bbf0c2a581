// What is known of a school's refresh, and what each thing that happens makes of it. Pure: no clock, no network; times are
// milliseconds by the browser's clock.

import type { Connection } from "../client/follow";
import { hasEnded, type Run, type SchoolStatus } from "../client/contract";
import type { RefreshError } from "../client/error";

/** How the last refresh ended, why there was none, or why it can no longer be followed. */
export type Outcome =
  | { kind: "ended"; run: Run }
  | { kind: "refused"; error: RefreshError }
  | { kind: "lost"; error: RefreshError };

export interface RefreshState {
  /** What was last read of the school. */
  status: SchoolStatus | null;
  /** Why it could not be read, if so. */
  statusError: RefreshError | null;
  /** The caller may not refresh or see this school. */
  forbidden: boolean;
  activity: "idle" | "starting" | "following";
  /** The run that is followed. */
  run: Run | null;
  /** Somebody else had started it already. */
  joined: boolean;
  /** When its process started. */
  runningSince: number | null;
  connection: Connection;
  cancel: "no" | "asked" | "failed";
  /** Kept until it is dismissed, or another refresh begins. */
  outcome: Outcome | null;
  /** From when on another refresh may start. */
  coolsUntil: number;
  /** The run whose end was told last, so that what was asked before its end does not bring it back. */
  settled: string | null;
}

export type RefreshEvent =
  | { type: "status"; status: SchoolStatus }
  | { type: "status-failed"; error: RefreshError }
  | { type: "asked" }
  | { type: "accepted"; run: Run; joined: boolean }
  | { type: "refused"; error: RefreshError }
  | { type: "told"; run: Run }
  | { type: "lost"; error: RefreshError }
  | { type: "connection"; connection: Connection }
  | { type: "cancel"; cancel: "asked" | "failed" }
  | { type: "dismissed" };

/** Nothing goes on. */
const IDLE = {
  activity: "idle",
  run: null,
  joined: false,
  runningSince: null,
  connection: "live",
  cancel: "no",
} as const;

export function initialState(): RefreshState {
  return {
    ...IDLE,
    status: null,
    statusError: null,
    forbidden: false,
    outcome: null,
    coolsUntil: 0,
    settled: null,
  };
}

export function next(state: RefreshState, event: RefreshEvent, at: number): RefreshState {
  switch (event.type) {
    case "status":
      return withStatus(state, event.status, at);
    case "status-failed":
      return { ...state, statusError: event.error, forbidden: isForbidden(event.error) };
    case "asked":
      return state.activity === "idle" ? { ...state, activity: "starting", outcome: null } : state;
    case "accepted":
      return state.activity === "starting" ? following(state, event.run, event.joined, at) : state;
    case "refused":
      return state.activity === "starting" ? refused(state, event.error, at) : state;
    case "told":
      return isFollowed(state, event.run) ? told(state, event.run, at) : state;
    case "lost":
      return state.activity === "following" ? ended(state, { kind: "lost", error: event.error }) : state;
    case "connection":
      return { ...state, connection: event.connection };
    case "cancel":
      return state.activity === "following" ? { ...state, cancel: event.cancel } : state;
    case "dismissed":
      return { ...state, outcome: null };
  }
}

function withStatus(state: RefreshState, status: SchoolStatus, at: number): RefreshState {
  const coolsUntil = at + status.cooldownSeconds * 1_000;
  const known = { ...state, status, statusError: null, forbidden: false, coolsUntil };
  const run = status.activeRun;
  const isNews = run !== null && run.runId !== state.settled && !hasEnded(run);
  return state.activity === "idle" && isNews ? following(known, run, true, at) : known;
}

function following(state: RefreshState, run: Run, joined: boolean, at: number): RefreshState {
  return told({ ...state, ...IDLE, activity: "following", run, joined, outcome: null }, run, at);
}

function told(state: RefreshState, run: Run, at: number): RefreshState {
  if (hasEnded(run)) return ended({ ...state, settled: run.runId }, { kind: "ended", run });
  return { ...state, run, runningSince: runningSince(state, run, at) };
}

/** Events that are told again after a break carry the seconds of back then, so the earliest start is the true one. */
function runningSince(state: RefreshState, run: Run, at: number): number | null {
  if (run.state === "queued") return null;
  return Math.min(state.runningSince ?? at, at - run.elapsedSeconds * 1_000);
}

function refused(state: RefreshState, error: RefreshError, at: number): RefreshState {
  const isCooling = error.code === "cooling_down";
  const coolsUntil = isCooling ? at + (error.retryAfterSeconds ?? 0) * 1_000 : state.coolsUntil;
  const forbidden = isForbidden(error);
  return { ...state, activity: "idle", outcome: { kind: "refused", error }, coolsUntil, forbidden };
}

function ended(state: RefreshState, outcome: Outcome): RefreshState {
  return { ...state, ...IDLE, outcome };
}

function isFollowed(state: RefreshState, run: Run): boolean {
  return state.activity === "following" && state.run?.runId === run.runId;
}

function isForbidden(error: RefreshError): boolean {
  return error.code === "not_allowed";
}
