import type { SchoolStatus } from "../client/contract";
import type { Messages } from "./messages";
/** When the data was last made fresh, if ever; milliseconds. */
export declare function updatedAt(status: SchoolStatus): number | null;
export declare function lastUpdated(status: SchoolStatus, now: number, words: Messages): string;
