import type { Connection } from "../client/follow";
import { type Run, type SchoolStatus } from "../client/contract";
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
export type RefreshEvent = {
    type: "status";
    status: SchoolStatus;
} | {
    type: "status-failed";
    error: RefreshError;
} | {
    type: "requested";
} | {
    type: "accepted";
    run: Run;
    joined: boolean;
} | {
    type: "refused";
    error: RefreshError;
} | {
    type: "run";
    run: Run;
} | {
    type: "lost";
    error: RefreshError;
} | {
    type: "connection";
    connection: Connection;
} | {
    type: "cancel";
    cancel: "requested" | "failed";
} | {
    type: "dismissed";
};
export declare function initialState(): RefreshState;
export declare function next(state: RefreshState, event: RefreshEvent, at: number): RefreshState;
