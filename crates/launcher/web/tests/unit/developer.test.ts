// What the console says about a page's mistakes, and what staff read meanwhile.
import { afterEach, beforeEach, describe, expect, test, vi, type Mock } from "vitest";

import { createRefreshClient, RefreshError } from "../../src";
import { FakeLauncher } from "./fake-launcher";
import { problem, SCHOOL, status } from "./samples";
import { client as fakeClient, show } from "./school-refresh/mounted";

let warn: Mock<typeof console.warn>;
beforeEach(() => {
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

/** Each test has an address of its own, because a mistake is reported once. */
let tests = 0;
const address = () => `https://refresh-${(tests += 1)}.example.test`;

const reported = () => warn.mock.calls.map(([text]) => text as string);

describe("a launcher that does not allow the page's origin", () => {
  test("is distinguished from one that is not there", async () => {
    const launcher = new FakeLauncher().offline(2);
    launcher.isBlocked = true;
    const baseUrl = address();
    const client = createRefreshClient({ baseUrl, fetch: launcher.fetch });
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(client.status(SCHOOL)).rejects.toMatchObject({ code: "blocked", retryable: false });
    expect(reported()).toEqual([expect.stringContaining(`${baseUrl} answers, but not to pages of`)]);
    expect(reported()[0]).toContain("LAUNCHER_CORS_ORIGINS");
  });

  test("is not assumed where nothing answers, or where the launcher has answered before", async () => {
    const gone = new FakeLauncher().offline();
    const client = createRefreshClient({ baseUrl: address(), fetch: gone.fetch });
    await expect(client.status(SCHOOL)).rejects.toMatchObject({ code: "unreachable" });

    const known = new FakeLauncher().json(status()).offline();
    known.isBlocked = true;
    const other = createRefreshClient({ baseUrl: address(), fetch: known.fetch });
    await other.status(SCHOOL);
    await expect(other.status(SCHOOL)).rejects.toMatchObject({ code: "unreachable" });
    expect(known.probes).toBe(0);
    expect(reported()).toEqual([]);
  });
});

test.each([
  ["is missing", () => (globalThis as unknown as { Knack: { getUserToken(): string } }).Knack.getUserToken()],
  ["rejects", () => Promise.reject(new Error("signed out"))],
])("a getToken that %s is reported, and nothing is sent", async (_, getToken) => {
  const launcher = new FakeLauncher();
  const client = createRefreshClient({ baseUrl: address(), getToken, fetch: launcher.fetch });
  await expect(client.start(SCHOOL)).rejects.toMatchObject({
    code: "no_token",
    message: expect.stringContaining("could not tell who is signed in"),
  });
  expect(launcher.seen).toEqual([]);
});

test("an address that is not the launcher's is reported, and a gateway's page is not", async () => {
  const baseUrl = address();
  const wrong = new FakeLauncher().page().text("<h1>Not Found</h1>", 404);
  const client = createRefreshClient({ baseUrl, fetch: wrong.fetch });
  for (let attempt = 0; attempt < 2; attempt += 1)
    await expect(client.status(SCHOOL)).rejects.toMatchObject({ code: "unreadable" });
  expect(reported()).toEqual([
    expect.stringContaining(`${baseUrl}/api/sync/status`),
    expect.stringContaining("status 404"),
  ]);
  warn.mockClear();
  const down = new FakeLauncher().text("<h1>Application error</h1>", 503);
  const other = createRefreshClient({ baseUrl: address(), fetch: down.fetch });
  await expect(other.status(SCHOOL)).rejects.toMatchObject({ code: "unreadable" });
  expect(reported()).toEqual([]);
});

test("an id that is no school's is reported once", async () => {
  fakeClient.answer = () => {
    throw new RefreshError(problem({ code: "invalid_establishment_id", retryable: false }));
  };
  await show({ establishmentId: "undefined" });
  document.dispatchEvent(new Event("visibilitychange"));
  await vi.advanceTimersByTimeAsync(0);
  expect(reported()).toEqual([expect.stringContaining('"undefined" is not the id of a school')]);
});
