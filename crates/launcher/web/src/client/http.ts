// Sends one request to the launcher, with the token and a time limit. Never repeats a request.

import { errorFrom, redirected, unreachable, unreadable } from "./error";

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

/** Heroku's router, for one, gives up after the same time. */
const RESPONSE_TIMEOUT_MS = 30_000;

export function createHttp(options: ClientOptions): Http {
  const base = (options.baseUrl ?? "").replace(/\/+$/, "");
  const send = options.fetch ?? ((input, init) => fetch(input, init));

  const request = async <T>(
    path: string,
    call: Call,
    read: (response: Response) => Promise<T>,
  ): Promise<T> => {
    const headers = new Headers(call.headers);
    const { signal, abort } = abortable(call.signal);
    const timer = setTimeout(abort, RESPONSE_TIMEOUT_MS);
    try {
      const token = await within(signal, async () => options.getToken?.()).catch(() => {
        call.signal?.throwIfAborted();
        throw unreadable();
      });
      if (token) headers.set("Authorization", `Bearer ${token}`);
      const init = {
        ...call,
        headers,
        signal,
        credentials: "omit",
        // The token would go with it. Unlike `error`, this tells a redirect from a lost connection.
        redirect: "manual",
      } as const;
      const response = await within(signal, async () => send(base + path, init)).catch(() => {
        call.signal?.throwIfAborted();
        throw unreachable();
      });
      if (response.type === "opaqueredirect") throw redirected();
      if (!response.ok) throw await errorFrom(response);
      return await read(response);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    stream: (path, call = {}) => request(path, call, async (response) => response),
    json: (path, isExpected, call = {}) =>
      request(path, call, async (response) => {
        const body: unknown = await response.json().catch(() => null);
        if (!isExpected(body)) throw unreadable();
        return body;
      }),
  };
}

/** What the host's functions lead to, if they neither throw nor take until the signal aborts. */
function within<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", reject);
    if (signal.aborted) reject();
    work().then(resolve, reject);
  });
}

/** A signal that aborts with its parent or by itself. AbortSignal.any would do this, but some schools' tablets lack it. */
export function abortable(parent?: AbortSignal): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (parent?.aborted) abort();
  parent?.addEventListener("abort", abort, { signal: controller.signal });
  return { signal: controller.signal, abort };
}
