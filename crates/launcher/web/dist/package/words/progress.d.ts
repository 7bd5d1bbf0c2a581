import type { Run } from "../client/contract";
import type { Messages } from "./messages";
export interface Standing {
    /** "Fetching from Knack"; what it waits for, if it does. */
    phase: string;
    /** "Students 300 of 465", once that is known. */
    count: string | null;
    /** How much of the phase is done, from 0 to 100, once that is known. */
    percent: number | null;
    /** More is done than left, so that stopping is worth a second thought. */
    isMostlyDone: boolean;
}
export declare function standing(run: Run | null, words: Messages): Standing;
