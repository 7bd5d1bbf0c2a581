import { type ComputedRef, type MaybeRefOrGetter, type Ref } from "vue";
import type { RefreshClient } from "../client/client";
import type { Summary } from "../client/contract";
import { RefreshError } from "../client/error";
import { type Messages } from "../words/messages";
import { type RefreshState } from "./machine";
export interface SchoolRefreshOptions {
    messages?: Partial<Messages>;
    /** Called when the school's data has been refreshed. */
    onRefreshed?: (summary: Summary) => void;
    /** Called when a refresh fails or is refused, and when the school's status cannot be read. */
    onFailed?: (error: RefreshError) => void;
}
/** What the components of this package share. */
export interface SchoolRefresh {
    readonly state: Readonly<Ref<RefreshState>>;
    readonly messages: Messages;
    /** Milliseconds since the page was opened, updated as often as the display needs it. */
    readonly now: Readonly<Ref<number>>;
    readonly isBusy: ComputedRef<boolean>;
    /** Milliseconds until another refresh may start. */
    readonly cooldownLeft: ComputedRef<number>;
    readonly isDialogOpen: Ref<boolean>;
    /** The refresh button, which takes the focus when the element that had it disappears. */
    readonly button: Ref<HTMLElement | null>;
    /** Starts a refresh, or opens the progress dialog of the active one. Does nothing during the cooldown. */
    refresh(): Promise<void>;
    cancel(): Promise<void>;
    dismiss(): void;
    /** Reads the school's status again. */
    reload(): Promise<void>;
}
export declare function useSchoolRefresh(client: RefreshClient, establishmentId: MaybeRefOrGetter<string | null>, options?: SchoolRefreshOptions): SchoolRefresh;
