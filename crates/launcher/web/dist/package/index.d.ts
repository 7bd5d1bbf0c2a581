import * as vue from 'vue';
import { Ref, ComputedRef, MaybeRefOrGetter } from 'vue';

type RunState = "queued" | "running" | "cancelling" | "succeeded" | "partial" | "failed" | "cancelled" | "timed_out";
type Phase = "finding_school" | "fetching" | "comparing" | "writing" | "finishing";
interface Progress {
    phase: Phase;
    /** Records read, or rows written. */
    done: number | null;
    total: number | null;
}
/** Which service a run is waiting for, and for about how many seconds. */
interface Waiting {
    reason: "knack" | "supabase";
    seconds: number;
}
/** One refresh of one school. */
interface Run {
    runId: string;
    establishmentId: string;
    establishmentName: string;
    state: RunState;
    /** How many runs are ahead of it in the queue; null unless it is queued. */
    queuePosition: number | null;
    progress: Progress | null;
    waiting: Waiting | null;
    /** For how many whole seconds its process has been running. */
    elapsedSeconds: number;
    summary: Summary | null;
    problem: Problem | null;
    /** Null while the run is active, and where the launcher has no cache to clear. */
    cache: {
        cleared: boolean;
        keysDeleted: number;
    } | null;
}
/** Why something was not done; `message` is a sentence to show to a person. */
interface Problem {
    code: string;
    message: string;
    retryable: boolean;
    retryAfterSeconds?: number | null | undefined;
    runId?: string | null | undefined;
}
interface TableChanges {
    inserted: number;
    updated: number;
    unchanged: number;
}
interface PerTable<T> {
    students: T;
    vespa_scores: T;
    comments: T;
    /** Absent where a refresh does without the answers to the questionnaire. */
    question_responses?: T;
}
type Table = keyof PerTable<unknown>;
/** What a refresh did; the same JSON that the command line prints. */
interface Summary {
    success: boolean;
    /** Some rows could not be saved. */
    partial: boolean;
    establishment_name?: string | null;
    establishment_id?: string | null;
    establishment_uuid?: string | null;
    academic_year?: string | null;
    students_synced: number;
    vespa_scores_synced: number;
    comments_synced: number;
    question_responses_synced?: number;
    /** Students without a completion date; null where they could not be counted. */
    not_completed?: number | null;
    duration_seconds: number;
    timestamp: string;
    dry_run: boolean;
    run_id: string;
    changes: PerTable<TableChanges>;
    /** Rows that are no longer in Knack. A refresh never deletes them. */
    only_in_supabase: PerTable<number>;
    skipped: Skipped[];
    warnings: Warning[];
    /** Why it failed; absent on success. */
    error?: {
        code: string;
        message: string;
        retryable: boolean;
    } | null;
    knack: KnackUse;
}
/** Records that did not become students, or whose answers did not become a student's. */
interface Skipped {
    reason: SkipReason;
    count: number;
    /** Their Knack ids, the first 100 of them. */
    record_ids: string[];
}
/** Something that an administrator should know. */
interface Warning {
    code: string;
    message: string;
    /** How many times it happened. */
    count: number;
    /** The Knack records concerned, the first 100 of them; empty where it is about the whole refresh. */
    record_ids: string[];
}
/** What was asked of Knack. */
interface KnackUse {
    requests: number;
    retries: number;
    records: number;
    daily_remaining?: number | null;
}
type SkipReason = "missing_email" | "other_school" | "outside_year" | "unreadable_date" | "duplicate_email" | "email_of_another_student" | "held_by_other_establishment" | "no_student";
/** How fresh a school is. */
interface SchoolStatus {
    establishmentId: string;
    establishmentName: string;
    /** The launcher's time, from which ages are calculated: the browser's clock may be wrong. */
    now: string;
    lastRefreshAt: string | null;
    /** Null where the jobs that update all schools do not log their runs. */
    lastFullSyncAt: string | null;
    stale: boolean;
    activeRun: Run | null;
    cooldownSeconds: number;
    usualDurationSeconds: number | null;
}

interface ClientOptions {
    /** The launcher's address; the page's own origin by default. */
    baseUrl?: string;
    /** Called before every request, because a session may have been renewed. */
    getToken?: () => string | null | Promise<string | null>;
    fetch?: typeof fetch;
}

type Connection = "live" | "reconnecting";
interface Follower {
    onRun?: (run: Run) => void;
    onConnection?: (connection: Connection) => void;
    signal?: AbortSignal;
}

/** A run, and whether it was already active when it was requested. */
interface Started {
    run: Run;
    joined: boolean;
}
/** What today's dashboard's `refreshEstablishmentData` returns. */
interface RefreshedData {
    success: true;
    /** A sentence to show to a person. */
    message: string;
    /** Some data could not be saved; the summary's warnings say which. */
    partial: boolean;
    summary: Summary;
}
interface RefreshClient {
    /** The launcher's address. Components of one school and one address share what they know. */
    readonly baseUrl: string;
    /** Starts a refresh, or joins the active one. The request is sent once and never repeated. */
    start(establishmentId: string, signal?: AbortSignal): Promise<Started>;
    /** Reads a run. */
    run(runId: string, signal?: AbortSignal): Promise<Run>;
    /** Reports a run's progress to `follower`, and resolves with the run when it has ended. */
    follow(runId: string, follower?: Follower): Promise<Run>;
    /** Cancels a run. Rows that are already saved stay saved. */
    cancel(runId: string): Promise<void>;
    status(establishmentId: string, signal?: AbortSignal): Promise<SchoolStatus>;
    /** Starts a refresh and waits for it to end; throws a RefreshError if it fails. */
    refreshEstablishmentData(establishmentId: string): Promise<RefreshedData>;
}
/** A client of the launcher at `baseUrl`. */
declare function createRefreshClient(options?: ClientOptions): RefreshClient;

type ChangeKind = "inserted" | "updated";
/** The scores of one cycle, from 0 to 10; null where nothing was answered. */
type ScoreValues = Partial<Record<"vision" | "effort" | "systems" | "practice" | "attitude" | "overall", number | null>>;
/** A run, as its row in the log describes it. Its texts were written by others. */
interface PastRun {
    runId: string;
    source: "button" | "cron" | "nightly";
    outcome: "running" | "succeeded" | "partial" | "failed" | "cancelled" | "unfinished";
    startedBy?: string | null;
    startedAt: string;
    durationSeconds?: number | null;
    changes?: PerTable<TableChanges> | null;
    skipped: {
        reason: string;
        count: number;
    }[];
    warnings: {
        code: string;
        count: number;
    }[];
    message?: string | null;
    hasChanges: boolean;
}
interface StudentChanges {
    recordId: string;
    name?: string | null;
    /** What was done to the student's own row; null if that is as it was. */
    student?: ChangeKind | null;
    fields: string[];
    scores: {
        cycle: number;
        old?: ScoreValues | null;
        new?: ScoreValues | null;
    }[];
    comments: {
        cycle: number;
        change: ChangeKind;
        kinds: string[];
    }[];
    answers: {
        cycle: number;
        change: ChangeKind;
        count: number;
    }[];
}
interface NamedRecord {
    recordId: string;
    name?: string | null;
}
interface RunChanges {
    runId: string;
    endedAt: string;
    students: StudentChanges[];
    /** How many changes are not listed. */
    leftOut: number;
    skipped: {
        reason: string;
        count: number;
        records: NamedRecord[];
    }[];
    warned: {
        code: string;
        message: string;
        count: number;
        records: NamedRecord[];
    }[];
}
interface Explanation {
    verdict: string;
    outcome: "inserted" | "updated" | "unchanged" | "skipped" | "absent";
    sentence: string;
    facts: {
        sentence: string;
        cycle?: number | null;
    }[];
    record_id?: string | null;
    name?: string | null;
}

/** Has the members of the launcher's problem details. */
declare class RefreshError extends Error implements Problem {
    /** The launcher's stable code, or one of this file's. */
    readonly code: string;
    /** Whether the same call may succeed later. */
    readonly retryable: boolean;
    readonly retryAfterSeconds?: number | null | undefined;
    /** For a report to support. */
    readonly runId?: string | null | undefined;
    constructor(problem: Problem);
}

/**
 * Whether the dashboard shows the new figures: it does, or is still loading them after ten seconds, or could not load them.
 */
type Figures = "shown" | "late" | "failed";
/** The run ended; it was never accepted; or it was accepted, but its state can no longer be read. */
type Outcome = {
    kind: "ended";
    run: Run;
    figures: Figures;
    /** It had ended before this browser asked for a refresh. */
    wasEarlier: boolean;
} | {
    kind: "refused";
    error: RefreshError;
} | {
    kind: "lost";
    error: RefreshError;
};

/** What the texts are given to write numbers with. */
interface Format {
    /** "1,000". */
    number(n: number): string;
    /** "64%". */
    percent(n: number): string;
    /** "1 student", "1,000 students"; for languages with these two forms. */
    counted(n: number, one: string, many?: string): string;
    /** "26 Nov 2026, 12:00:05". */
    time(at: Date): string;
}

/** A text, or a function that makes it of a count. */
type CountedText = string | ((count: number, format: Format) => string);
declare const messages: {
    refresh: string;
    starting: string;
    refreshing: string;
    cancelling: string;
    /** `time` is like "3 min 42 s", or in words, like "4 minutes". */
    availableIn: (time: string) => string;
    /** Used where the jobs that update all schools log their runs, so that the data's age is known. */
    lastUpdated: (age: string) => string;
    /** Used elsewhere: a job may have updated the data since, without a trace. */
    lastRefreshedHere: (age: string) => string;
    neverRefreshed: string;
    freshnessUnknown: string;
    ages: {
        moment: string;
        minutes: (n: number, format: Format) => string;
        hours: (n: number, format: Format) => string;
        days: (n: number, format: Format) => string;
    };
    /** With no-break spaces. */
    durations: {
        seconds: (n: number, format: Format) => string;
        minutes: (n: number, format: Format) => string;
    };
    refreshNow: (freshness: string) => string;
    notNow: string;
    dialogTitle: string;
    queued: (ahead: number, format: Format) => string;
    phases: Record<Phase, string>;
    progress: (phase: Phase, done: number, total: number, format: Format) => string;
    waitingFor: {
        knack: string;
        supabase: string;
    };
    waiting: (reason: string, duration: string) => string;
    joined: string;
    reconnecting: string;
    status: (status: string) => string;
    statuses: {
        inProgress: string;
        queued: string;
        unknown: string;
        complete: string;
    };
    elapsed: (time: string) => string;
    usually: (duration: string) => string;
    /** Of a school that has not been refreshed before, by the number of its records. */
    firstTakes: (duration: string) => string;
    showingFigures: string;
    succeeded: string;
    runInBackground: string;
    close: string;
    cancel: string;
    confirmCancel: string;
    confirmCancelYes: string;
    confirmCancelNo: string;
    cancelFailed: string;
    refreshed: string;
    /** Some records were skipped, or something else needs attention. */
    refreshedWithNotes: string;
    updated: (changed: number, students: number, details: string, duration: string, format: Format) => string;
    onlyOtherRows: (students: number, duration: string, format: Format) => string;
    upToDate: string;
    checked: (students: number, duration: string, format: Format) => string;
    nothingFound: string;
    nothingFoundAdvice: (duration: string) => string;
    /** Knack has records of the school, but all of them were skipped. */
    allSkipped: (duration: string) => string;
    earlier: string;
    figuresLate: string;
    figuresFailed: string;
    partial: (problems: number, format: Format) => string;
    partialAdvice: (duration: string) => string;
    added: (rows: number, format: Format) => string;
    changed: (rows: number, format: Format) => string;
    unchanged: (rows: number, format: Format) => string;
    tables: Record<string, string>;
    tableChanges: (table: string, details: string) => string;
    onlyInSupabase: (table: Table, rows: number, format: Format) => string;
    skipped: (reason: string, records: number, format: Format) => string;
    skipReasons: Record<string, string>;
    /** For a reason that this version of the package does not know. */
    otherReason: (code: string) => string;
    /** Sentences to show instead of the launcher's own, by the code of the warning. */
    warnings: Record<string, CountedText>;
    /** `times` is 0 where the warning is about the whole refresh. */
    warning: (text: string, times: number, format: Format) => string;
    more: (lines: number, format: Format) => string;
    cacheNotCleared: string;
    cancelled: string;
    coolingDown: string;
    failed: string;
    startUnknown: string;
    stillRunning: string;
    lost: string;
    lostAdvice: string;
    tryAgain: string;
    tryAgainIn: (countdown: string) => string;
    dismiss: string;
    /** The button of the event `show-changes`. */
    showChanges: string;
    /** What to quote to support. */
    reference: (code: string, runId?: string | null) => string;
    /** Sentences to show instead of the launcher's or the client's own, by the code of the problem. */
    problems: Record<string, string>;
};
type Messages = typeof messages;

interface Words {
    messages: Messages;
    format: Format;
}
/** Any of the texts; of a table of texts, any of its rows. */
type MessageOverrides = {
    [K in keyof Messages]?: Messages[K] extends Record<string, unknown> ? Partial<Messages[K]> : Messages[K];
};

/** Keeps the announcement of a refresh waiting for this promise, as ExtendableEvent does. */
type WaitUntil = (promise: PromiseLike<unknown>) => void;
/** Called when the school's data has been refreshed. If it returns a promise, the announcement waits for that. */
type OnRefreshed = (summary: Summary, waitUntil: WaitUntil) => unknown;

interface Extent {
    /** From 0 to 100; null until the first phase. */
    readonly percent: number | null;
    /** How many records there are to fetch, once Knack has told. */
    readonly records: number | null;
}

interface RefreshState {
    /** The school's status as last read. */
    status: SchoolStatus | null;
    /** When that was. */
    statusAt: number;
    /** Why the last attempt to read the status failed. */
    statusError: RefreshError | null;
    /** There is no such school, or the user has no access to it. */
    isForbidden: boolean;
    /** "showing": the refresh has succeeded, and the dashboard is loading its new figures. */
    activity: "idle" | "starting" | "following" | "showing";
    /** The run being followed or shown; null otherwise. */
    run: Run | null;
    /** The run was already active when it was requested or found. */
    joined: boolean;
    /** How far the run is, and how large. */
    extent: Extent;
    /** When the run's process started. */
    runningSince: number | null;
    connection: Connection;
    cancel: "none" | "requested" | "failed";
    /** How the last refresh ended; kept until it is dismissed or another refresh begins. */
    outcome: Outcome | null;
    /** When the cooldown ends. */
    cooldownUntil: number;
    /**
     * The run that ended last, or that took too long to be followed. A status may still list it as active, but it is not followed
     * unless someone asks for it.
     */
    closedRunId: string | null;
}

type Theme = "light" | "dark" | "auto";

interface SchoolRefreshOptions {
    /** Replacements for some of the package's texts. */
    messages?: MaybeRefOrGetter<MessageOverrides | undefined>;
    /** The language of numbers and times, as in the attribute `lang`; British English by default, as the package's texts are. */
    lang?: MaybeRefOrGetter<string | undefined>;
    /** "auto", the default, follows the background that each component has on the page. */
    theme?: MaybeRefOrGetter<Theme | undefined>;
    /**
     * Called when the school's data has been refreshed. Return a promise, or pass one to `waitUntil`, that resolves when the new
     * figures are shown: success is announced then, or after ten seconds.
     */
    onRefreshed?: OnRefreshed;
    /** Called when a refresh fails or is refused, and when the school's status cannot be read. */
    onFailed?: (error: RefreshError) => void;
}
/** What the components of this package share. */
interface SchoolRefresh {
    readonly state: Readonly<Ref<RefreshState>>;
    readonly words: ComputedRef<Words>;
    readonly theme: ComputedRef<Theme>;
    /** Milliseconds since the page was opened, updated as often as the display needs it. */
    readonly now: ComputedRef<number>;
    readonly isBusy: ComputedRef<boolean>;
    /** Milliseconds until another refresh may start. */
    readonly cooldownLeft: ComputedRef<number>;
    /** Whether this place shows the progress dialog. */
    readonly isDialogOpen: Ref<boolean>;
    /** Whether this place, of all on the page that show the school, shows its notifications. */
    readonly isSpeaker: ComputedRef<boolean>;
    /** Whether any of its components is in the document. Only then are there listeners, timers and requests. */
    readonly isActive: Readonly<Ref<boolean>>;
    /** The refresh button, which takes the focus when the element that had it disappears. */
    readonly button: Ref<HTMLElement | null>;
    /** There is a component of this place, which will tell when it is in the document. */
    expectParts(): void;
    attach(element: Element): void;
    detach(element: Element): void;
    /** Starts a refresh, or opens the progress dialog of the active one. Does nothing during the cooldown. */
    refresh(): Promise<void>;
    cancel(): Promise<void>;
    dismiss(): void;
    /** Reads the school's status again. */
    reload(): Promise<void>;
}
/** Where the client and the school may change, pass refs or functions that return them. */
declare function useSchoolRefresh(client: MaybeRefOrGetter<RefreshClient>, establishmentId: MaybeRefOrGetter<string | null>, options?: SchoolRefreshOptions): SchoolRefresh;

type __VLS_Props$5 = {
    refresh: SchoolRefresh;
};
declare const __VLS_export$5: vue.DefineComponent<__VLS_Props$5, {}, {}, {}, {}, vue.ComponentOptionsMixin, vue.ComponentOptionsMixin, {}, string, vue.PublicProps, Readonly<__VLS_Props$5> & Readonly<{}>, {}, {}, {}, {}, string, vue.ComponentProvideOptions, false, {}, any>;
declare const _default$5: typeof __VLS_export$5;

type __VLS_Props$4 = {
    refresh: SchoolRefresh;
};
declare const __VLS_export$4: vue.DefineComponent<__VLS_Props$4, {}, {}, {}, {}, vue.ComponentOptionsMixin, vue.ComponentOptionsMixin, {}, string, vue.PublicProps, Readonly<__VLS_Props$4> & Readonly<{}>, {}, {}, {}, {}, string, vue.ComponentProvideOptions, false, {}, any>;
declare const _default$4: typeof __VLS_export$4;

type __VLS_Props$3 = {
    refresh: SchoolRefresh;
    placement?: "header" | "filter-bar" | undefined;
};
declare const __VLS_export$3: vue.DefineComponent<__VLS_Props$3, {}, {}, {}, {}, vue.ComponentOptionsMixin, vue.ComponentOptionsMixin, {}, string, vue.PublicProps, Readonly<__VLS_Props$3> & Readonly<{}>, {}, {}, {}, {}, string, vue.ComponentProvideOptions, false, {}, any>;
declare const _default$3: typeof __VLS_export$3;

type __VLS_Props$2 = {
    refresh: SchoolRefresh;
};
declare const __VLS_export$2: vue.DefineComponent<__VLS_Props$2, {}, {}, {}, {}, vue.ComponentOptionsMixin, vue.ComponentOptionsMixin, {}, string, vue.PublicProps, Readonly<__VLS_Props$2> & Readonly<{}>, {}, {}, {}, {}, string, vue.ComponentProvideOptions, false, {}, any>;
declare const _default$2: typeof __VLS_export$2;

type __VLS_Props$1 = {
    client: RefreshClient;
    /** The school's Knack or Supabase id; without one, nothing is shown. */
    establishmentId: string | null;
    placement?: "header" | "filter-bar" | undefined;
    /** Shows only how fresh the data is, for users who see a school but may not refresh it. */
    hideButton?: boolean;
    /** "auto", the default, follows the background that the component has on the page. */
    theme?: Theme | undefined;
    /** Replacements for some of the package's texts. */
    messages?: MessageOverrides | undefined;
    /** The language of numbers and times; "en-GB" by default. */
    lang?: string | undefined;
    /** The event `data-refreshed`. Its handlers may return a promise, or pass one to `waitUntil`. */
    onDataRefreshed?: OnRefreshed | OnRefreshed[] | undefined;
    /** The event `show-changes`, with the id of the run: someone wants to see what it has changed. Without it, no button. */
    onShowChanges?: ((runId: string) => void) | undefined;
};
/** In place of the button: whatever leads to the changes of the run that has just ended. */
type __VLS_Slots = {
    changes?(props: {
        run: Run;
        show: () => void;
    }): unknown;
};
declare const __VLS_base: vue.DefineComponent<__VLS_Props$1, {}, {}, {}, {}, vue.ComponentOptionsMixin, vue.ComponentOptionsMixin, {
    failed: (error: RefreshError) => any;
}, string, vue.PublicProps, Readonly<__VLS_Props$1> & Readonly<{
    onFailed?: (error: RefreshError) => any;
}>, {}, {}, {}, {}, string, vue.ComponentProvideOptions, false, {}, any>;
declare const __VLS_export$1: __VLS_WithSlots<typeof __VLS_base, __VLS_Slots>;
declare const _default$1: typeof __VLS_export$1;

type __VLS_WithSlots<T, S> = T & {
    new (): {
        $slots: S;
    };
};

type __VLS_Props = {
    refresh: SchoolRefresh;
};
declare const __VLS_export: vue.DefineComponent<__VLS_Props, {}, {}, {}, {}, vue.ComponentOptionsMixin, vue.ComponentOptionsMixin, {}, string, vue.PublicProps, Readonly<__VLS_Props> & Readonly<{}>, {}, {}, {}, {}, string, vue.ComponentProvideOptions, false, {}, any>;
declare const _default: typeof __VLS_export;

export { _default$5 as LastUpdated, _default$4 as ProgressDialog, _default$3 as RefreshButton, RefreshError, _default$2 as RefreshNotification, _default$1 as SchoolRefresh, _default as StalePrompt, createRefreshClient, messages, useSchoolRefresh };
export type { ChangeKind, ClientOptions, Connection, CountedText, Explanation, Figures, Follower, Format, KnackUse, MessageOverrides, Messages, NamedRecord, OnRefreshed, Outcome, PastRun, PerTable, Phase, Problem, Progress, RefreshClient, RefreshState, RefreshedData, Run, RunChanges, RunState, SchoolRefreshOptions, SchoolRefresh as SchoolRefreshState, SchoolStatus, ScoreValues, SkipReason, Skipped, Started, StudentChanges, Summary, Table, TableChanges, Theme, WaitUntil, Waiting, Warning, Words };
