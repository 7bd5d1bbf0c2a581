import { type Run } from "./contract";
import { type Http } from "./http";
export type Connection = "live" | "reconnecting";
export interface Follower {
    onRun?: (run: Run) => void;
    onConnection?: (connection: Connection) => void;
    signal?: AbortSignal;
}
/** Resolves with the run when it has ended; throws if its state can no longer be read. */
export declare function follow(http: Http, runId: string, follower: Follower): Promise<Run>;
