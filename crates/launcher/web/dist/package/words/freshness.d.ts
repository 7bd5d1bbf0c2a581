import type { SchoolStatus } from "../client/contract";
import type { Messages } from "./messages";
/** When the data was last updated, in milliseconds, if that is known. */
export declare function updatedAt(status: SchoolStatus): number | null;
/** `sinceRead` is how long ago the status was read, in milliseconds. */
export declare function freshness(status: SchoolStatus, sinceRead: number, messages: Messages): string;
