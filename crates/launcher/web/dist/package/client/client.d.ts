import { type Run, type SchoolStatus, type Summary } from "./contract";
import { type Follower } from "./follow";
import { type ClientOptions } from "./http";
/** A run, and whether it was already active when it was requested. */
export interface Started {
    run: Run;
    joined: boolean;
}
/** What today's dashboard's `refreshEstablishmentData` returns. */
export interface RefreshedData {
    success: true;
    /** A sentence to show to a person. */
    message: string;
    /** Some data could not be saved; the summary's warnings say which. */
    partial: boolean;
    summary: Summary;
}
export interface RefreshClient {
    /** Starts a refresh, or joins the active one. The request is sent once and never repeated. */
    start(establishmentId: string): Promise<Started>;
    /** Reports a run's progress to `follower`, and resolves with the run when it has ended. */
    follow(runId: string, follower?: Follower): Promise<Run>;
    /** Cancels a run. Rows that are already saved stay saved. */
    cancel(runId: string): Promise<void>;
    status(establishmentId: string): Promise<SchoolStatus>;
    /** Starts a refresh and waits for it to end; throws a RefreshError if it fails. */
    refreshEstablishmentData(establishmentId: string): Promise<RefreshedData>;
}
/** A client of the launcher at `baseUrl`. */
export declare function createRefreshClient(options?: ClientOptions): RefreshClient;
