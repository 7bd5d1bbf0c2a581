// Follows a run until it ends: through its event stream, resumed where it broke, or by polling where streams do not get
// through. Only reads; it never starts a refresh.

import { hasEnded, type Run } from "./contract";
import { RefreshError, unreadable } from "./error";
import { eventParser } from "./event-stream";
import { abortable, type Http } from "./http";

export type Connection = "live" | "reconnecting";

export interface Follower {
  onRun?: (run: Run) => void;
  onConnection?: (connection: Connection) => void;
  signal?: AbortSignal;
}

/** A stream begins with a snapshot. If none arrives, a proxy on the way is holding the stream back. */
const FIRST_EVENT_TIMEOUT_MS = 10_000;
/** The launcher sends something at least every 15 seconds, so a stream that is silent for this long is dead. */
const SILENCE_TIMEOUT_MS = 40_000;
const POLL_INTERVAL_MS = 2_000;
const MAX_BACKOFF_MS = 15_000;
/** How many streams in a row may deliver nothing before polling takes over. */
const MAX_EMPTY_STREAMS = 2;

/** Resolves with the run when it has ended; throws if its state can no longer be read. */
export async function follow(http: Http, runId: string, follower: Follower): Promise<Run> {
  const path = `/api/sync/runs/${runId}`;
  const signal = follower.signal ?? new AbortController().signal;
  let lastEventId = "";
  let failures = 0;
  let emptyStreams = 0;

  const onBytes = () => {
    failures = 0;
    emptyStreams = 0;
    follower.onConnection?.("live");
  };

  for (;;) {
    signal.throwIfAborted();
    try {
      if (emptyStreams >= MAX_EMPTY_STREAMS) {
        const run = await http.json<Run>(path, { signal });
        failures = 0;
        follower.onConnection?.("live");
        follower.onRun?.(run);
        if (hasEnded(run)) return run;
      } else {
        emptyStreams += 1;
        for await (const event of events(http, path, lastEventId, signal, onBytes)) {
          const run = parseRun(event.data);
          lastEventId = event.id;
          follower.onRun?.(run);
          if (hasEnded(run)) return run;
        }
        // The launcher closes long streams on purpose. The next one continues where this one ended.
      }
      await pause(POLL_INTERVAL_MS, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransient(error)) throw error;
      failures += 1;
      follower.onConnection?.("reconnecting");
      await pause(backoff(failures), signal);
    }
  }
}

/** The only place that decides whether to read again after an error. */
function isTransient(error: unknown): boolean {
  return !(error instanceof RefreshError) || error.retryable;
}

/** 1, 2, 4 … 15 seconds, each up to a quarter shorter, so that clients of a restarted server do not all return at once. */
function backoff(failures: number): number {
  const full = Math.min(1_000 * 2 ** (failures - 1), MAX_BACKOFF_MS);
  return full * (1 - Math.random() / 4);
}

/** Waits. Ends early when the browser comes back online or the follower's signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { signal: end, abort } = abortable(signal);
  return new Promise((resolve) => {
    if (end.aborted) resolve();
    end.addEventListener("abort", () => resolve());
    setTimeout(abort, ms);
    globalThis.addEventListener?.("online", abort, { signal: end });
  });
}

async function* events(
  http: Http,
  path: string,
  lastEventId: string,
  signal: AbortSignal,
  onBytes: () => void,
) {
  const stream = abortable(signal);
  let silence = setTimeout(stream.abort, FIRST_EVENT_TIMEOUT_MS);
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastEventId) headers["Last-Event-ID"] = lastEventId;
  try {
    const response = await http.stream(`${path}/events`, { headers, signal: stream.signal });
    const reader = response.body!.getReader();
    const parse = eventParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(stream.abort, SILENCE_TIMEOUT_MS);
      onBytes();
      yield* parse(value);
    }
  } finally {
    clearTimeout(silence);
    stream.abort();
  }
}

function parseRun(data: string): Run {
  try {
    return JSON.parse(data) as Run;
  } catch {
    throw unreadable();
  }
}
