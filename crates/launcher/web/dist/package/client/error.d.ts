import type { Problem } from "./contract";
/** Has the members of the launcher's answer. */
export declare class RefreshError extends Error implements Problem {
    /** The launcher's stable word; or `unreachable` and `unreadable` where it did not answer, or not as it should. */
    readonly code: string;
    /** Whether the same call may succeed a little later. */
    readonly retryable: boolean;
    readonly retryAfterSeconds?: number | null | undefined;
    /** To quote to whoever helps. */
    readonly runId?: string | null | undefined;
    constructor(problem: Problem);
}
export declare function unreachable(): RefreshError;
export declare function unreadable(): RefreshError;
/** What an answer that is no success says. */
export declare function refused(response: Response): Promise<RefreshError>;
