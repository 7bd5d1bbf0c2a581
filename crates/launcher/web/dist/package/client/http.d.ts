export interface ClientOptions {
    /** Where the launcher is; this page's own origin by default. */
    baseUrl?: string;
    /** Asked before every request, since sessions are renewed. */
    getToken?: () => string | null | Promise<string | null>;
    fetch?: typeof fetch;
}
export interface Call {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    signal?: AbortSignal;
}
/** Both throw a RefreshError unless the launcher says yes. */
export interface Http {
    /** The answer's JSON. */
    ask<T>(path: string, call?: Call): Promise<T>;
    /** An answer whose body is still to come, for as long as it takes. */
    open(path: string, call?: Call): Promise<Response>;
}
export declare function createHttp(options: ClientOptions): Http;
/** A signal that follows another and can be given by itself; AbortSignal.any is younger than some schools' tablets. */
export declare function abortable(parent?: AbortSignal): {
    signal: AbortSignal;
    abort: () => void;
};
