import type { PerTable, Phase, SkipReason } from "../client/contract";
export declare const messages: {
    refresh: string;
    starting: string;
    refreshing: string;
    cancelling: string;
    availableIn: (time: string) => string;
    /** Used where the jobs that update all schools log their runs, so that the data's age is known. */
    lastUpdated: (age: string) => string;
    /** Used elsewhere: a job may have updated the data since, without a trace. */
    lastRefreshedHere: (age: string) => string;
    neverRefreshed: string;
    freshnessUnknown: string;
    refreshNow: (freshness: string) => string;
    notNow: string;
    dialogTitle: (school?: string) => string;
    queued: (ahead: number) => string;
    phases: {
        finding_school: string;
        fetching: string;
        comparing: string;
        writing: string;
        finishing: string;
    };
    progress: (phase: Phase, done: number, total: number) => string;
    waitingFor: {
        knack: string;
        supabase: string;
    };
    waiting: (reason: string, seconds: number) => string;
    joined: string;
    reconnecting: string;
    elapsed: (time: string) => string;
    usually: (duration: string) => string;
    runInBackground: string;
    cancel: string;
    confirmCancel: string;
    confirmCancelYes: string;
    confirmCancelNo: string;
    cancelFailed: string;
    refreshed: string;
    updated: (changed: number, students: number, details: string, time: string) => string;
    onlyOtherRows: (students: number, time: string) => string;
    upToDate: string;
    checked: (students: number, time: string) => string;
    partial: (problems: number) => string;
    partialAdvice: (time: string) => string;
    added: (rows: number) => string;
    changed: (rows: number) => string;
    unchanged: (rows: number) => string;
    tableChanges: (table: keyof PerTable<unknown>, details: string) => string;
    onlyInSupabase: (table: keyof PerTable<unknown>, rows: number) => string;
    skipped: (reason: SkipReason, records: number) => string;
    cacheNotCleared: string;
    cancelled: string;
    coolingDown: string;
    failed: string;
    startUnknown: string;
    lost: string;
    lostAdvice: string;
    tryAgain: string;
    tryAgainIn: (countdown: string) => string;
    dismiss: string;
    /** What to quote to support. */
    reference: (code: string, runId?: string | null) => string;
    /** Sentences to show instead of the launcher's own, by problem code. */
    problems: Record<string, string>;
};
export type Messages = typeof messages;
