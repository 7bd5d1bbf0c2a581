import { type Run } from "./contract";
import { type Http } from "./http";
export type Connection = "live" | "reconnecting";
export interface Follower {
    onRun?: (run: Run) => void;
    onConnection?: (connection: Connection) => void;
    signal?: AbortSignal;
}
/** Resolves with the run once it has ended; throws where it can no longer be asked for. */
export declare function follow(http: Http, runId: string, follower: Follower): Promise<Run>;
