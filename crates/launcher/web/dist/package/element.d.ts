type Phase = "finding_school" | "fetching" | "comparing" | "writing" | "finishing";
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

interface ClientOptions {
    /** The launcher's address; the page's own origin by default. */
    baseUrl?: string;
    /** Called before every request, because a session may have been renewed. */
    getToken?: () => string | null | Promise<string | null>;
    fetch?: typeof fetch;
}

/** Keeps the announcement of a refresh waiting for this promise, as ExtendableEvent does. */
type WaitUntil = (promise: PromiseLike<unknown>) => void;

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
    onlyInSupabase: (table: string, rows: number, format: Format) => string;
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

/** Any of the texts; of a table of texts, any of its rows. */
type MessageOverrides = {
    [K in keyof Messages]?: Messages[K] extends Record<string, unknown> ? Partial<Messages[K]> : Messages[K];
};

/** What the event `data-refreshed` carries. */
interface DataRefreshed {
    summary: Summary;
    /** Success is announced when this promise resolves, or after ten seconds. */
    waitUntil: WaitUntil;
}
interface SchoolRefreshElement extends HTMLElement {
    /** Returns the user's token. A property and never an attribute, which every script and style sheet could read. */
    getToken: ClientOptions["getToken"];
    /** Replacements for some of the texts. */
    messages: MessageOverrides | undefined;
}
/** What the event `show-changes` carries. */
interface ShowChanges {
    runId: string;
}
declare global {
    interface HTMLElementTagNameMap {
        "school-refresh": SchoolRefreshElement;
    }
    interface HTMLElementEventMap {
        "data-refreshed": CustomEvent<DataRefreshed>;
        "show-changes": CustomEvent<ShowChanges>;
    }
}

export { RefreshError };
export type { DataRefreshed, MessageOverrides, SchoolRefreshElement, ShowChanges, Summary, WaitUntil };
