// Waits until the dashboard shows its new figures.

import { mistakes } from "../client/developer";
import type { Summary } from "../client/contract";
import type { Figures } from "../client/outcome";

/** Keeps the announcement of a refresh waiting for this promise, as ExtendableEvent does. */
export type WaitUntil = (promise: PromiseLike<unknown>) => void;

/** Called when the school's data has been refreshed. If it returns a promise, the announcement waits for that. */
export type OnRefreshed = (summary: Summary, waitUntil: WaitUntil) => unknown;

const PATIENCE_MS = 10_000;

/** Resolves when all handlers have shown the new figures, or after ten seconds. Never rejects. */
export async function showFigures(
  handlers: readonly OnRefreshed[],
  summary: Summary,
  signal: AbortSignal,
): Promise<Figures> {
  const waiting: PromiseLike<unknown>[] = [];
  for (const handler of handlers) {
    const waitUntil: WaitUntil = (promise) => void waiting.push(promise);
    waiting.push(new Promise((resolve) => resolve(handler(summary, waitUntil))));
  }
  const shown = Promise.all(waiting).then(
    (): Figures => "shown",
    (error: unknown): Figures => {
      // Each time, since the error may be another one.
      console.error(`[vespa-refresh] ${mistakes.noFigures}`, error);
      return "failed";
    },
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Figures>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, "late");
    signal.addEventListener("abort", () => resolve("late"));
  });
  try {
    return await Promise.race([shown, late]);
  } finally {
    clearTimeout(timer);
  }
}
