import type { Outcome } from "../client/outcome";
import type { Messages } from "./messages";
export interface NotificationText {
    tone: "success" | "warning" | "error" | "info";
    title: string;
    /** What happened, whether data changed, and what to do. */
    lines: string[];
    isRetryable: boolean;
    /** It has to be read, so it does not disappear by itself. */
    isPersistent: boolean;
    /** Problem code and run, to quote to support. */
    reference: string | null;
}
export declare function notificationText(outcome: Outcome, messages: Messages): NotificationText;
