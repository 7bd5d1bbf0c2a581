// The state of a school's refresh, and how each event changes it. Pure: no clock, no network. Times are milliseconds of a
// clock that nobody sets.

import type { Started } from "../client/client";
import type { Connection } from "../client/follow";
import { hasEnded, type Run, type SchoolStatus } from "../client/contract";
import type { RefreshError } from "../client/error";
import type { Figures, Outcome } from "../client/outcome";
import { further, NOTHING_KNOWN, type Extent } from "./extent";

export interface RefreshState {
  /** The school's status as last read. */
  status: SchoolStatus | null;
  /** When that was. */
  statusAt: number;
  /** Why the last attempt to read the status failed. */
  statusError: RefreshError | null;
  /** There is no such school, or the user has no access to it. */
  isForbidden: boolean;
  /** "showing": the refresh has succeeded, and the dashboard is loading its new figures. */
  activity: "idle" | "starting" | "following" | "showing";
  /** The run being followed or shown; null otherwise. */
  run: Run | null;
  /** The run was already active when it was requested or found. */
  joined: boolean;
  /** How far the run is, and how large. */
  extent: Extent;
  /** When the run's process started. */
  runningSince: number | null;
  connection: Connection;
  cancel: "none" | "requested" | "failed";
  /** How the last refresh ended; kept until it is dismissed or another refresh begins. */
  outcome: Outcome | null;
  /** When the cooldown ends. */
  cooldownUntil: number;
  /**
   * The run that ended last, or that took too long to be followed. A status may still list it as active, but it is not followed
   * unless someone asks for it.
   */
  closedRunId: string | null;
}

export type RefreshEvent =
  | { type: "status"; status: SchoolStatus }
  | { type: "status-failed"; error: RefreshError }
  | { type: "requested" }
  | { type: "accepted"; run: Run; joined: boolean }
  | { type: "refused"; error: RefreshError }
  | { type: "run"; run: Run }
  /** Someone else's run. */
  | { type: "found"; run: Run }
  /** The dashboard shows the new figures, or does not. */
  | { type: "shown"; figures: Figures }
  /** A run that had ended before this browser asked for one. */
  | { type: "earlier"; run: Run; error: RefreshError }
  | { type: "suspended" }
  | { type: "lost"; error: RefreshError }
  | { type: "connection"; connection: Connection }
  | { type: "cancel"; cancel: "requested" | "failed" }
  | { type: "dismissed" };

/** The part of the state that belongs to a run, while there is none. */
const IDLE = {
  activity: "idle",
  run: null,
  joined: false,
  extent: NOTHING_KNOWN,
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
    closedRunId: null,
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
    case "found":
      return state.activity === "idle" ? following(state, { run: event.run, joined: true }, at) : state;
    case "shown":
      return state.activity === "showing" ? shown(state, event.figures) : state;
    case "earlier":
      return state.activity === "starting" ? earlier(refused(state, event.error, at), event.run) : state;
    case "suspended":
      // A request that was sent is answered. A success is one, and whoever comes back loads the figures anew.
      if (state.activity === "starting") return state;
      return state.activity === "showing" ? shown(state, "shown") : { ...state, ...IDLE };
    case "lost":
      return state.activity === "following" ? lost(state, event.error) : state;
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
  const isNewRun = run !== null && run.runId !== state.closedRunId && !hasEnded(run);
  return state.activity === "idle" && isNewRun ? following(known, { run, joined: true }, at) : known;
}

function following(state: RefreshState, { run, joined }: Started, at: number): RefreshState {
  return withRun({ ...state, ...IDLE, activity: "following", run, joined, outcome: null }, run, at);
}

function withRun(state: RefreshState, run: Run, at: number): RefreshState {
  if (!hasEnded(run)) {
    const extent = further(state.extent, run.progress);
    return { ...state, run, extent, runningSince: runningSince(state, run, at) };
  }
  const closed = { ...state, ...IDLE, closedRunId: run.runId };
  if (run.summary?.success) return { ...closed, activity: "showing", run };
  return { ...closed, outcome: { kind: "ended", run, figures: "shown", wasEarlier: false } };
}

function shown(state: RefreshState, figures: Figures): RefreshState {
  return { ...state, ...IDLE, outcome: { kind: "ended", run: state.run!, figures, wasEarlier: false } };
}

function earlier(state: RefreshState, run: Run): RefreshState {
  return { ...state, outcome: { kind: "ended", run, figures: "shown", wasEarlier: true } };
}

function lost(state: RefreshState, error: RefreshError): RefreshState {
  const closedRunId = error.code === "still_running" ? state.run!.runId : state.closedRunId;
  return { ...state, ...IDLE, closedRunId, outcome: { kind: "lost", error } };
}

/** Events repeated after a break carry the elapsed seconds of their own time, so the earliest start is the right one. */
function runningSince(state: RefreshState, run: Run, at: number): number | null {
  if (run.state === "queued") return null;
  return Math.min(state.runningSince ?? at, at - run.elapsedSeconds * 1_000);
}

function refused(state: RefreshState, error: RefreshError, at: number): RefreshState {
  const isCoolingDown = error.code === "cooling_down";
  const cooldownUntil = isCoolingDown ? at + (error.retryAfterSeconds ?? 0) * 1_000 : state.cooldownUntil;
  // Even access that was just lost leaves what the user is told; the next status hides the rest.
  return { ...state, activity: "idle", outcome: { kind: "refused", error }, cooldownUntil };
}

function isFollowed(state: RefreshState, run: Run): boolean {
  return state.activity === "following" && state.run?.runId === run.runId;
}

/** To whom a school is not shown, it is answered as one that does not exist. */
function deniesAccess(error: RefreshError): boolean {
  return error.code === "not_allowed" || error.code === "establishment_not_found";
}
