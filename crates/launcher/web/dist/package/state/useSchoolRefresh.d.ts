import { type ComputedRef, type MaybeRefOrGetter, type Ref } from "vue";
import type { RefreshClient } from "../client/client";
import type { Summary } from "../client/contract";
import { RefreshError } from "../client/error";
import { type Messages } from "../words/messages";
import { type RefreshState } from "./machine";
export interface SchoolRefreshOptions {
    messages?: Partial<Messages>;
    /** The school's data is new; called before the person is told. */
    onRefreshed?: (summary: Summary) => void;
    onFailed?: (error: RefreshError) => void;
}
/** What the components of this package show and do. */
export interface SchoolRefresh {
    readonly state: Readonly<Ref<RefreshState>>;
    readonly words: Messages;
    /** The time, as often as something on the screen depends on it. */
    readonly now: Readonly<Ref<number>>;
    readonly isBusy: ComputedRef<boolean>;
    /** Milliseconds until another refresh may start. */
    readonly coolsFor: ComputedRef<number>;
    readonly isDialogOpen: Ref<boolean>;
    /** Where the focus goes when what held it is gone. */
    readonly button: Ref<HTMLElement | null>;
    /** Starts a refresh, if one may start; opens the dialog of the one that goes on. */
    refresh(): Promise<void>;
    cancel(): Promise<void>;
    dismiss(): void;
    /** Reads the school's status again. */
    reload(): Promise<void>;
}
export declare function useSchoolRefresh(client: RefreshClient, establishmentId: MaybeRefOrGetter<string | null>, options?: SchoolRefreshOptions): SchoolRefresh;
