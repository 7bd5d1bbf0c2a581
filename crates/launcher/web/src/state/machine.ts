// The state of a school's refresh, and how each event changes it. Pure: no clock, no network. Times are milliseconds of a
// clock that nobody sets.

import type { Started } from "../client/client";
import type { Connection } from "../client/follow";
import { hasEnded, type Run, type SchoolStatus } from "../client/contract";
import type { RefreshError } from "../client/error";
import type { Outcome } from "../client/outcome";

export interface RefreshState {
  /** The school's status as last read. */
  status: SchoolStatus | null;
  /** When that was. */
  statusAt: number;
  /** Why the last attempt to read the status failed. */
  statusError: RefreshError | null;
  /** The user has no access to this school. */
  isForbidden: boolean;
  activity: "idle" | "starting" | "following";
  /** The run being followed; null unless `activity` is "following". */
  run: Run | null;
  /** The run was already active when it was requested or found. */
  joined: boolean;
  /** When the run's process started. */
  runningSince: number | null;
  connection: Connection;
  cancel: "none" | "requested" | "failed";
  /** How the last refresh ended; kept until it is dismissed or another refresh begins. */
  outcome: Outcome | null;
  /** When the cooldown ends. */
  cooldownUntil: number;
  /** The run that ended last. A status that was requested before its end may still list it as active. */
  lastEndedRunId: string | null;
}

export type RefreshEvent =
  | { type: "status"; status: SchoolStatus }
  | { type: "status-failed"; error: RefreshError }
  | { type: "requested" }
  | { type: "accepted"; run: Run; joined: boolean }
  | { type: "refused"; error: RefreshError }
  | { type: "run"; run: Run }
  | { type: "lost"; error: RefreshError }
  | { type: "connection"; connection: Connection }
  | { type: "cancel"; cancel: "requested" | "failed" }
  | { type: "dismissed" };

/** The part of the state that belongs to a run, while there is none. */
const IDLE = {
  activity: "idle",
  run: null,
  joined: false,
  runningSince: null,
  connection: "live",
  cancel: "none",
} as const;

export function initialState(): RefreshState {
  return {
    ...IDLE,
    status: null,
    statusAt: 0,
    statusError: null,
    isForbidden: false,
    outcome: null,
    cooldownUntil: 0,
    lastEndedRunId: null,
  };
}

export function next(state: RefreshState, event: RefreshEvent, at: number): RefreshState {
  switch (event.type) {
    case "status":
      return withStatus(state, event.status, at);
    case "status-failed":
      return { ...state, statusError: event.error, isForbidden: deniesAccess(event.error) };
    case "requested":
      return state.activity === "idle" ? { ...state, activity: "starting", outcome: null } : state;
    case "accepted":
      return state.activity === "starting" ? following(state, event, at) : state;
    case "refused":
      return state.activity === "starting" ? refused(state, event.error, at) : state;
    case "run":
      return isFollowed(state, event.run) ? withRun(state, event.run, at) : state;
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
  const cooldownUntil = at + status.cooldownSeconds * 1_000;
  const known = { ...state, status, statusAt: at, statusError: null, isForbidden: false, cooldownUntil };
  const run = status.activeRun;
  const isNewRun = run !== null && run.runId !== state.lastEndedRunId && !hasEnded(run);
  return state.activity === "idle" && isNewRun ? following(known, { run, joined: true }, at) : known;
}

function following(state: RefreshState, { run, joined }: Started, at: number): RefreshState {
  return withRun({ ...state, ...IDLE, activity: "following", run, joined, outcome: null }, run, at);
}

function withRun(state: RefreshState, run: Run, at: number): RefreshState {
  if (hasEnded(run)) return ended({ ...state, lastEndedRunId: run.runId }, { kind: "ended", run });
  return { ...state, run, runningSince: runningSince(state, run, at) };
}

/** Events repeated after a break carry the elapsed seconds of their own time, so the earliest start is the right one. */
function runningSince(state: RefreshState, run: Run, at: number): number | null {
  if (run.state === "queued") return null;
  return Math.min(state.runningSince ?? at, at - run.elapsedSeconds * 1_000);
}

function refused(state: RefreshState, error: RefreshError, at: number): RefreshState {
  const isCoolingDown = error.code === "cooling_down";
  const cooldownUntil = isCoolingDown ? at + (error.retryAfterSeconds ?? 0) * 1_000 : state.cooldownUntil;
  const isForbidden = deniesAccess(error);
  return { ...state, activity: "idle", outcome: { kind: "refused", error }, cooldownUntil, isForbidden };
}

function ended(state: RefreshState, outcome: Outcome): RefreshState {
  return { ...state, ...IDLE, outcome };
}

function isFollowed(state: RefreshState, run: Run): boolean {
  return state.activity === "following" && state.run?.runId === run.runId;
}

function deniesAccess(error: RefreshError): boolean {
  return error.code === "not_allowed";
}
