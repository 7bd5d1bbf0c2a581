// A client of the fake launcher, and calls under timers of the tests' own.

import { vi } from "vitest";

import { createRefreshClient, type ClientOptions } from "../../src";
import type { FakeLauncher } from "./fake-launcher";

export function clientOf(launcher: FakeLauncher, getToken: ClientOptions["getToken"] = () => "secret") {
  return createRefreshClient({ baseUrl: "https://refresh.example.test/", getToken, fetch: launcher.fetch });
}

/** Awaits a promise while all timers run. */
export async function runTimers<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  await vi.runAllTimersAsync();
  return promise;
}
