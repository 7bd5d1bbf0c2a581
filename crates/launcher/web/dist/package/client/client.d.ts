import type { Run, SchoolStatus, Summary } from "./contract";
import { type Follower } from "./follow";
import { type ClientOptions } from "./http";
/** A run, and whether somebody else had started it already. */
export interface Started {
    run: Run;
    joined: boolean;
}
/** What the dashboard's own `refreshEstablishmentData` returned. */
export interface RefreshedData {
    success: true;
    message: string;
    summary: Summary;
}
export interface RefreshClient {
    /** Starts a refresh, or joins the one that goes on. Sent once, whatever happens. */
    start(establishmentId: string): Promise<Started>;
    /** Tells how a run goes on, and how it ended. */
    follow(runId: string, follower?: Follower): Promise<Run>;
    /** Asks a run to stop. Rows already saved stay. */
    cancel(runId: string): Promise<void>;
    status(establishmentId: string): Promise<SchoolStatus>;
    /** Starts a refresh and waits for its end; throws a RefreshError where it failed. */
    refreshEstablishmentData(establishmentId: string): Promise<RefreshedData>;
}
/** A client of the launcher at `baseUrl`. */
export declare function createRefreshClient(options?: ClientOptions): RefreshClient;
