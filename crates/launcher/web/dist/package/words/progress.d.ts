import type { Run } from "../client/contract";
import type { Messages } from "./messages";
export interface ProgressText {
    /** "Fetching from Knack", or what the run is waiting for. */
    phase: string;
    /** "300 of 465 students", once known. */
    count: string | null;
    /** How much of the phase is done, from 0 to 100, once known. */
    percent: number | null;
    /** So much is done that cancelling should be confirmed. */
    isWellUnderWay: boolean;
}
export declare function progressText(run: Run | null, messages: Messages): ProgressText;
