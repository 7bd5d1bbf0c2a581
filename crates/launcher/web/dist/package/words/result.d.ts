import type { Outcome } from "../state/machine";
import type { Messages } from "./messages";
export interface Result {
    tone: "success" | "warning" | "error" | "info";
    title: string;
    /** What else to know: what happened, whether data changed, what to do. */
    lines: string[];
    retryable: boolean;
    /** It needs reading, so it is not taken away after a while. */
    stays: boolean;
    /** Code and run, to quote to whoever helps. */
    toQuote: string | null;
}
export declare function resultOf(outcome: Outcome, words: Messages): Result;
