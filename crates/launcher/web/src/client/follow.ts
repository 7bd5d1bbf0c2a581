// Following a run to its end: by its event stream, resumed where it broke; by asking every two seconds where streams do
// not get through. Never starts anything: what breaks is read again, never posted again.

import { hasEnded, type Run } from "./contract";
import { RefreshError, unreadable } from "./error";
import { eventReader } from "./event-stream";
import { abortable, type Http } from "./http";

export type Connection = "live" | "reconnecting";

export interface Follower {
  onRun?: (run: Run) => void;
  onConnection?: (connection: Connection) => void;
  signal?: AbortSignal;
}

/** A stream begins with a snapshot; one that does not is held back by something in between. */
const FIRST_EVENT_WITHIN_MS = 10_000;
/** The launcher sends something every 15 seconds; a stream that is silent for longer is dead. */
const SILENCE_MS = 40_000;
const BETWEEN_QUESTIONS_MS = 2_000;
const LONGEST_PAUSE_MS = 15_000;
/** Streams in a row of which not a byte came. */
const STREAMS_GIVEN_UP_AFTER = 2;

/** Resolves with the run once it has ended; throws where it can no longer be asked for. */
export async function follow(http: Http, runId: string, follower: Follower): Promise<Run> {
  const path = `/api/sync/runs/${runId}`;
  const signal = follower.signal ?? new AbortController().signal;
  let lastEventId = "";
  let failures = 0;
  let brokenStreams = 0;

  const isAlive = () => {
    failures = 0;
    brokenStreams = 0;
    follower.onConnection?.("live");
  };

  for (;;) {
    signal.throwIfAborted();
    try {
      if (brokenStreams >= STREAMS_GIVEN_UP_AFTER) {
        const run = await http.ask<Run>(path, { signal });
        failures = 0;
        follower.onConnection?.("live");
        follower.onRun?.(run);
        if (hasEnded(run)) return run;
      } else {
        brokenStreams += 1;
        for await (const event of events(http, path, lastEventId, signal, isAlive)) {
          const run = parsed(event.data);
          lastEventId = event.id;
          follower.onRun?.(run);
          if (hasEnded(run)) return run;
        }
        // The launcher closes long streams in good order, and the next one goes on where this one ended.
      }
      await pause(BETWEEN_QUESTIONS_MS, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!mayComeBack(error)) throw error;
      failures += 1;
      follower.onConnection?.("reconnecting");
      await pause(backoff(failures), signal);
    }
  }
}

/** Whether the same question may be answered later: the one place where asking again is decided. */
function mayComeBack(error: unknown): boolean {
  return !(error instanceof RefreshError) || error.retryable;
}

/** 1, 2, 4 … 15 seconds, each up to a quarter shorter, so that those who lost a server do not all return at once. */
function backoff(failures: number): number {
  const full = Math.min(1_000 * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return full * (1 - Math.random() / 4);
}

/** Waits; not longer than until the browser is online again, or nobody wants to know any more. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { signal: over, abort } = abortable(signal);
  return new Promise((resolve) => {
    if (over.aborted) resolve();
    over.addEventListener("abort", () => resolve());
    setTimeout(abort, ms);
    globalThis.addEventListener?.("online", abort, { signal: over });
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
  let silence = setTimeout(stream.abort, FIRST_EVENT_WITHIN_MS);
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastEventId) headers["Last-Event-ID"] = lastEventId;
  try {
    const response = await http.open(`${path}/events`, { headers, signal: stream.signal });
    const reader = response.body!.getReader();
    const read = eventReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(stream.abort, SILENCE_MS);
      onBytes();
      yield* read(value);
    }
  } finally {
    clearTimeout(silence);
    stream.abort();
  }
}

function parsed(data: string): Run {
  try {
    return JSON.parse(data) as Run;
  } catch {
    throw unreadable();
  }
}
