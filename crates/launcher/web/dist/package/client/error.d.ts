import type { Problem } from "./contract";
/** Has the members of the launcher's problem details. */
export declare class RefreshError extends Error implements Problem {
    /**
     * The launcher's stable code, `unreachable` if it did not answer, `redirected` if something on the way wants people to
     * sign in, or `unreadable` for anything else unexpected.
     */
    readonly code: string;
    /** Whether the same call may succeed later. */
    readonly retryable: boolean;
    readonly retryAfterSeconds?: number | null | undefined;
    /** For a report to support. */
    readonly runId?: string | null | undefined;
    constructor(problem: Problem);
}
export declare function unreachable(): RefreshError;
export declare function redirected(): RefreshError;
export declare function unreadable(): RefreshError;
/** Turns a response without success into an error. */
export declare function errorFrom(response: Response): Promise<RefreshError>;
