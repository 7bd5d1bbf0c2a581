// Sends one request to the launcher, with the token and a time limit. Never repeats a request.

import { mistakes, reportMistake } from "./developer";
import {
  blocked,
  errorFrom,
  redirected,
  type RefreshError,
  unreachable,
  unreadable,
  withoutToken,
} from "./error";

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
  signal?: AbortSignal | undefined;
}

/** Both methods throw a RefreshError unless the launcher reports success. */
export interface Http {
  /** The launcher's address, without a slash at its end; empty for the page's own origin. */
  readonly base: string;
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

  /** Only a launcher that has never been heard of may be the wrong address, or closed to this page. */
  let isKnown = false;

  /** A browser does not say why it kept a response from the page. One without its content shows that there was one. */
  const whyNothingArrived = async (signal: AbortSignal): Promise<RefreshError> => {
    if (isKnown || !base) return unreachable();
    try {
      await within(signal, async () =>
        send(`${base}/healthz`, { mode: "no-cors", credentials: "omit", signal }),
      );
    } catch {
      return unreachable();
    }
    reportMistake(mistakes.notAllowed(base, globalThis.location?.origin));
    return blocked();
  };

  const request = async <T>(
    path: string,
    call: Call,
    read: (response: Response) => Promise<T>,
  ): Promise<T> => {
    const headers = new Headers(call.headers);
    const { signal, abort } = abortable(call.signal);
    const timer = setTimeout(abort, RESPONSE_TIMEOUT_MS);
    try {
      await within(signal, async () => {
        const token = await options.getToken?.();
        if (token) headers.set("Authorization", `Bearer ${token}`);
      }).catch((error: unknown) => {
        call.signal?.throwIfAborted();
        reportMistake(mistakes.noToken, error);
        throw withoutToken();
      });
      const init = {
        ...call,
        headers,
        signal,
        credentials: "omit",
        // The token would go with it. Unlike `error`, this tells a redirect from a lost connection.
        redirect: "manual",
      } as const;
      const response = await within(signal, async () => send(base + path, init)).catch(async () => {
        call.signal?.throwIfAborted();
        throw await whyNothingArrived(signal);
      });
      if (response.type === "opaqueredirect") throw redirected();
      const isJson = /json|event-stream/.test(response.headers.get("Content-Type") ?? "");
      // Gateways answer with pages of their own while the launcher is down.
      if (!isKnown && !isJson && response.status < 500)
        reportMistake(mistakes.notTheLauncher(base + path, response.status));
      isKnown ||= isJson;
      if (!response.ok) throw await errorFrom(response);
      return await read(response);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    base,
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
