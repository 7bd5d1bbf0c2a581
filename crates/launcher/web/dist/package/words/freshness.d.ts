import type { SchoolStatus } from "../client/contract";
import type { Messages } from "./messages";
/** When the data was last updated, in milliseconds, if that is known. */
export declare function updatedAt(status: SchoolStatus): number | null;
export declare function freshness(status: SchoolStatus, now: number, messages: Messages): string;
