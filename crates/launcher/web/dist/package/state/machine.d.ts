import type { Connection } from "../client/follow";
import { type Run, type SchoolStatus } from "../client/contract";
import type { RefreshError } from "../client/error";
/** How the last refresh ended, why there was none, or why it can no longer be followed. */
export type Outcome = {
    kind: "ended";
    run: Run;
} | {
    kind: "refused";
    error: RefreshError;
} | {
    kind: "lost";
    error: RefreshError;
};
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
export type RefreshEvent = {
    type: "status";
    status: SchoolStatus;
} | {
    type: "status-failed";
    error: RefreshError;
} | {
    type: "asked";
} | {
    type: "accepted";
    run: Run;
    joined: boolean;
} | {
    type: "refused";
    error: RefreshError;
} | {
    type: "told";
    run: Run;
} | {
    type: "lost";
    error: RefreshError;
} | {
    type: "connection";
    connection: Connection;
} | {
    type: "cancel";
    cancel: "asked" | "failed";
} | {
    type: "dismissed";
};
export declare function initialState(): RefreshState;
export declare function next(state: RefreshState, event: RefreshEvent, at: number): RefreshState;
