// A fake launcher for `fetch`: it gives prepared responses in order, and records the requests.

import type { Run } from "../../src";

export interface Seen {
  method: string;
  path: string;
  headers: Headers;
  credentials: RequestCredentials | undefined;
  body: string | null;
}

type Answer = (signal: AbortSignal) => Promise<Response>;

export class FakeLauncher {
  readonly seen: Seen[] = [];
  /** Requests whose responses the page may not read. */
  probes = 0;
  /** It answers, but not to this page. */
  isBlocked = false;
  private readonly answers: Answer[] = [];
  private last: Answer | undefined;

  readonly fetch: typeof fetch = async (input, init) => {
    const signal = init!.signal!;
    if (init?.mode === "no-cors") {
      this.probes += 1;
      if (this.isBlocked) return new Response();
      throw new TypeError("Failed to fetch");
    }
    this.seen.push({
      method: init?.method ?? "GET",
      path: String(input),
      headers: new Headers(init?.headers),
      credentials: init?.credentials,
      body: (init?.body as string | undefined) ?? null,
    });
    const answer = this.answers.shift() ?? this.last;
    if (!answer) throw new Error(`no response was prepared for ${String(input)}`);
    return answer(signal);
  };

  paths(): string[] {
    return this.seen.map((seen) => `${seen.method} ${seen.path}`);
  }

  json(body: unknown, status = 200): this {
    this.answers.push(async () => Response.json(body, { status }));
    return this;
  }

  text(body: string, status: number): this {
    this.answers.push(async () => new Response(body, { status }));
    return this;
  }

  /** Some page of someone on the way, as if it were the answer. */
  page(type = "text/html; charset=utf-8", body = "<h1>Sign in</h1>"): this {
    this.answers.push(async () => new Response(body, { headers: { "Content-Type": type } }));
    return this;
  }

  /** A stream, as a browser shows it that gives pages no access to the body of a response. */
  unreadableStream(): this {
    this.answers.push(async () =>
      Object.defineProperty(eventStream(streamOf([], "ends", 1, new AbortController().signal)), "body", {
        value: undefined,
      }),
    );
    return this;
  }

  /** A redirect, as a browser shows one that it has not followed. */
  redirect(): this {
    this.answers.push(async () => {
      const response = Response.error();
      return Object.defineProperty(response, "type", { value: "opaqueredirect" });
    });
    return this;
  }

  /** From now on, a run by polling and no stream; or no network. */
  always(run: Run | null): this {
    this.last = async () => {
      if (!run) throw new TypeError("Failed to fetch");
      return Response.json(run);
    };
    return this;
  }

  /** No network. */
  offline(times = 1): this {
    for (let n = 0; n < times; n += 1) {
      this.answers.push(async () => {
        throw new TypeError("Failed to fetch");
      });
    }
    return this;
  }

  /** Never answers. */
  silence(): this {
    this.answers.push(
      (signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
    );
    return this;
  }

  /** A stream of these runs, which then sends nothing but this text, every 15 seconds. */
  trickle(runs: Run[], text = ": keep-alive\n\n"): this {
    this.answers.push(async (signal) => eventStream(trickleOf(streamText(runs, 1), text, signal)));
    return this;
  }

  /** A stream of these runs, which then ends, breaks, or stays open in silence. */
  stream(runs: Run[], then: "ends" | "breaks" | "stays" = "ends", firstId = 1): this {
    this.answers.push(async (signal) => eventStream(streamOf(runs, then, firstId, signal)));
    return this;
  }
}

function eventStream(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}

function streamOf(
  runs: Run[],
  then: string,
  firstId: number,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (!sent) {
        sent = true;
        controller.enqueue(streamText(runs, firstId));
        return;
      }
      if (then === "ends") controller.close();
      else if (then === "breaks") controller.error(new TypeError("network error"));
      else signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  });
}

function trickleOf(first: Uint8Array, then: string, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(first);
      const timer = setInterval(() => controller.enqueue(new TextEncoder().encode(then)), 15_000);
      signal.addEventListener("abort", () => {
        clearInterval(timer);
        controller.error(signal.reason);
      });
    },
  });
}

function streamText(runs: Run[], firstId: number): Uint8Array {
  const events = runs.map(
    (run, n) => `id: ${run.runId}-${firstId + n}\nevent: progress\ndata: ${JSON.stringify(run)}\n\n`,
  );
  return new TextEncoder().encode(`retry: 3000\n\n${events.join("")}`);
}
