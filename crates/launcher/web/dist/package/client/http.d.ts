export interface ClientOptions {
    /** The launcher's address; the page's own origin by default. */
    baseUrl?: string;
    /** Called before every request, because a session may have been renewed. */
    getToken?: () => string | null | Promise<string | null>;
    fetch?: typeof fetch;
}
export interface Call {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    signal?: AbortSignal;
}
/** Both methods throw a RefreshError unless the launcher reports success. */
export interface Http {
    /** Resolves with the parsed JSON body. One that is not as expected was sent by something else on the way. */
    json<T>(path: string, isExpected: (body: unknown) => body is T, call?: Call): Promise<T>;
    /** Resolves when the headers have arrived. The body may take any time. */
    stream(path: string, call?: Call): Promise<Response>;
}
export declare function createHttp(options: ClientOptions): Http;
/** A signal that aborts with its parent or by itself. AbortSignal.any would do this, but some schools' tablets lack it. */
export declare function abortable(parent?: AbortSignal): {
    signal: AbortSignal;
    abort: () => void;
};
