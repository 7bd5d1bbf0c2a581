// Follows a run until it ends: through its event stream, resumed where it broke, or by polling where streams do not get
// through. Only reads; it never starts a refresh.

import { hasEnded, isRun, type Run } from "./contract";
import { RefreshError, stillRunning, unreachable, unreadable } from "./error";
import { eventParser } from "./event-stream";
import { abortable, type Http } from "./http";

export type Connection = "live" | "reconnecting";

export interface Follower {
  onRun?: (run: Run) => void;
  onConnection?: (connection: Connection) => void;
  signal?: AbortSignal;
}

/** A stream begins with an event. If none arrives, something on the way holds the stream back or answers in its place. */
const FIRST_EVENT_TIMEOUT_MS = 10_000;
/** The launcher sends something at least every 15 seconds, so a stream that is silent for this long is dead. */
const SILENCE_TIMEOUT_MS = 40_000;
/** Bytes alone do not show that they are the launcher's. After this without an event, a new stream has to begin with one. */
const MAX_AGE_OF_EVENT_MS = 40_000;
const POLL_INTERVAL_MS = 2_000;
const MAX_BACKOFF_MS = 15_000;
/** The most that the launcher may ask a reader to wait. */
const MAX_RETRY_AFTER_MS = 30_000;
/** An attempt and the pause before it take no longer. If more time has passed, the computer was asleep. */
const MAX_ATTEMPT_MS = 60_000;
/** How many streams in a row may deliver no event before polling takes over. */
const MAX_EMPTY_STREAMS = 2;
/**
 * A run is given up on when it is still running this long after it was first seen running, or when there was no news of it
 * for as long. By default no refresh runs for longer than 300 s. What waits in the queue does not run.
 */
const GIVE_UP_AFTER_MS = 310_000;
/** Once it has run for that long, how long to try to read how it ended: a computer that was asleep has no network at first. */
const LAST_ATTEMPTS_MS = 30_000;

/** Resolves with the run when it has ended; throws if it is given up on, or if its state can no longer be read. */
export async function follow(http: Http, runId: string, follower: Follower): Promise<Run> {
  const path = `/api/sync/runs/${runId}`;
  const signal = follower.signal ?? new AbortController().signal;
  let lastEventId = "";
  let failures = 0;
  let failedAt = 0;
  let failingFor = 0;
  let emptyStreams = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Aborts when the run has been running for too long. It is then read once more, since it may have ended meanwhile. */
  const limit = abortable(signal);
  const isOverdue = () => limit.signal.aborted;
  /** The first failure after the limit is the limit's own work. */
  let wasInterrupted = false;

  /** Only news of this run shows that the connection works. Other pages, filters for one, may answer as well. */
  const report = (run: unknown) => {
    if (!isRun(run) || run.runId !== runId) throw unreadable();
    failures = 0;
    follower.onConnection?.("live");
    follower.onRun?.(run);
    if (hasEnded(run)) return run;
    if (isOverdue()) throw stillRunning();
    if (run.state !== "queued") timer ??= setTimeout(limit.abort, GIVE_UP_AFTER_MS);
    return null;
  };

  try {
    for (;;) {
      signal.throwIfAborted();
      try {
        if (emptyStreams < MAX_EMPTY_STREAMS && !isOverdue()) {
          emptyStreams += 1;
          for await (const event of events(http, path, lastEventId, limit.signal)) {
            const ended = report(parseJson(event.data));
            if (ended) return ended;
            lastEventId = event.id;
            emptyStreams = 0;
          }
        }
        // The launcher closes long streams on purpose, and the next one continues where that one ended. A stream that ended
        // without an event was none.
        if (emptyStreams > 0 || isOverdue()) {
          const ended = report(await http.json(path, isRun, { signal }));
          if (ended) return ended;
        }
        await pause(POLL_INTERVAL_MS, limit.signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isTransient(error)) throw error;
        if (isOverdue() && !wasInterrupted) {
          wasInterrupted = true;
          continue;
        }
        const now = performance.now();
        failingFor = failures === 0 ? 0 : failingFor + Math.min(now - failedAt, MAX_ATTEMPT_MS);
        failedAt = now;
        failures += 1;
        if (failingFor >= (wasInterrupted ? LAST_ATTEMPTS_MS : GIVE_UP_AFTER_MS))
          throw error instanceof RefreshError ? error : unreachable();
        follower.onConnection?.("reconnecting");
        await pause(Math.max(backoff(failures), retryAfter(error)), wasInterrupted ? signal : limit.signal);
      }
    }
  } finally {
    clearTimeout(timer);
    limit.abort();
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

/** How long the launcher asks this reader to wait. */
function retryAfter(error: unknown): number {
  const seconds = (error instanceof RefreshError && error.retryAfterSeconds) || 0;
  return Math.min(seconds * 1_000, MAX_RETRY_AFTER_MS);
}

/** Waits. Ends early when the browser comes back online or the follower's signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { signal: end, abort } = abortable(signal);
  return new Promise((resolve) => {
    if (end.aborted) return resolve();
    const timer = setTimeout(abort, ms);
    end.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
    globalThis.addEventListener?.("online", abort, { signal: end });
  });
}

async function* events(http: Http, path: string, lastEventId: string, signal: AbortSignal) {
  const stream = abortable(signal);
  let silence = setTimeout(stream.abort, FIRST_EVENT_TIMEOUT_MS);
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastEventId) headers["Last-Event-ID"] = lastEventId;
  try {
    const response = await http
      .stream(`${path}/events`, { headers, signal: stream.signal })
      .catch((error: unknown) => {
        if (error instanceof RefreshError && error.code === "redirected") return null;
        throw error;
      });
    // A sign-in page, a page of a filter, or a browser that cannot read streams. A poll shows whether the run can be read.
    if (!response?.body || !/^text\/event-stream\b/i.test(response.headers.get("Content-Type") ?? "")) return;
    const reader = response.body.getReader();
    const parse = eventParser();
    let newest: number | undefined;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const event of parse(value)) {
        newest = performance.now();
        yield event;
      }
      if (newest === undefined) continue;
      if (performance.now() - newest > MAX_AGE_OF_EVENT_MS) return;
      clearTimeout(silence);
      silence = setTimeout(stream.abort, SILENCE_TIMEOUT_MS);
    }
  } finally {
    clearTimeout(silence);
    stream.abort();
  }
}

function parseJson(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
