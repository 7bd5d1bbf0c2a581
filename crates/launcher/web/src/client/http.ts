// One request to the launcher: where it goes, with which token, and for how long it may take. Nothing is ever sent twice here.

import { refused, unreachable, unreadable } from "./error";

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

/** Routers in between give up after this. */
const ANSWER_WITHIN_MS = 30_000;

export function createHttp(options: ClientOptions): Http {
  const base = (options.baseUrl ?? "").replace(/\/+$/, "");
  const send = options.fetch ?? ((input, init) => fetch(input, init));

  const within = async <T>(
    path: string,
    call: Call,
    read: (response: Response) => Promise<T>,
  ): Promise<T> => {
    const headers = new Headers(call.headers);
    const token = await options.getToken?.();
    if (token) headers.set("Authorization", `Bearer ${token}`);
    const { signal, abort } = abortable(call.signal);
    const timer = setTimeout(abort, ANSWER_WITHIN_MS);
    try {
      const init = {
        ...call,
        headers,
        signal,
        credentials: "omit",
        redirect: "error",
      } as const;
      const response = await send(base + path, init).catch(() => {
        call.signal?.throwIfAborted();
        throw unreachable();
      });
      if (!response.ok) throw await refused(response);
      return await read(response);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    open: (path, call = {}) => within(path, call, async (response) => response),
    ask: (path, call = {}) =>
      within(path, call, (response) =>
        response.json().catch(() => {
          throw unreadable();
        }),
      ),
  };
}

/** A signal that follows another and can be given by itself; AbortSignal.any is younger than some schools' tablets. */
export function abortable(parent?: AbortSignal): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (parent?.aborted) abort();
  parent?.addEventListener("abort", abort, { signal: controller.signal });
  return { signal: controller.signal, abort };
}
