import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createRefreshClient, type Connection, type Run } from "../../src";
import { clientOf, runTimers } from "./asking";
import { FakeLauncher } from "./fake-launcher";
import { ended, problem, run } from "./samples";

const RUN = run().runId;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("following a run", () => {
  function follow(launcher: FakeLauncher, signal?: AbortSignal) {
    const runs: Run[] = [];
    const connections: Connection[] = [];
    const promise = clientOf(launcher).follow(RUN, {
      onRun: (update) => runs.push(update),
      onConnection: (connection) => connections.push(connection),
      ...(signal ? { signal } : {}),
    });
    return { promise, runs, connections };
  }

  test("reports every state and resolves with the last", async () => {
    const last = ended("succeeded");
    const followed = follow(new FakeLauncher().stream([run(), last]));
    expect(await runTimers(followed.promise)).toEqual(last);
    expect(followed.runs).toEqual([run(), last]);
  });

  test("resumes a broken stream where it broke, and posts nothing", async () => {
    const launcher = new FakeLauncher().stream([run()], "breaks").stream([ended("succeeded")], "ends", 2);
    const followed = follow(launcher);
    await runTimers(followed.promise);
    expect(launcher.seen[1]!.headers.get("last-event-id")).toBe(`${RUN}-1`);
    expect(launcher.paths().every((path) => path.startsWith("GET "))).toBe(true);
    expect(followed.connections).toEqual(["live", "reconnecting", "live"]);
  });

  test("keeps using streams however often they break, as long as each delivers something", async () => {
    const launcher = new FakeLauncher();
    for (let n = 1; n <= 4; n += 1) launcher.stream([run()], "breaks", n);
    await runTimers(follow(launcher.stream([ended("succeeded")], "ends", 5)).promise);
    expect(launcher.paths().every((path) => path.endsWith("/events"))).toBe(true);
  });

  test("sends the current token with each request", async () => {
    const launcher = new FakeLauncher().stream([run()], "breaks").stream([ended("succeeded")]);
    let calls = 0;
    const client = createRefreshClient({ getToken: () => `token ${(calls += 1)}`, fetch: launcher.fetch });
    await runTimers(client.follow(RUN));
    const sent = launcher.seen.map(({ headers }) => headers.get("authorization"));
    expect(sent).toEqual(["Bearer token 1", "Bearer token 2"]);
  });

  test("does not report a lost connection when the launcher closes a stream on purpose", async () => {
    const launcher = new FakeLauncher().stream([run()], "ends").stream([ended("succeeded")], "ends", 2);
    const followed = follow(launcher);
    await runTimers(followed.promise);
    expect(followed.connections).not.toContain("reconnecting");
  });

  test("polls if streams do not get through", async () => {
    const launcher = new FakeLauncher().offline(2).json(run()).json(ended("succeeded"));
    await runTimers(follow(launcher).promise);
    const [, path] = launcher.paths()[3]!.split(" ");
    expect(path).toBe(`https://refresh.example.test/api/sync/runs/${RUN}`);
  });

  test("polls without calling the connection lost where a browser cannot read streams", async () => {
    const launcher = new FakeLauncher().unreadableStream().json(run()).unreadableStream().json(run());
    const followed = follow(launcher.json(ended("succeeded")));
    await runTimers(followed.promise);
    expect(followed.connections).not.toContain("reconnecting");
    expect(launcher.seen).toHaveLength(5);
  });

  test("treats a stream that is held back or falls silent as broken", async () => {
    const launcher = new FakeLauncher().stream([run()], "stays").silence().silence().json(ended("succeeded"));
    expect((await runTimers(follow(launcher).promise)).state).toBe("succeeded");
  });

  test("waits at most ten seconds for a stream to begin", async () => {
    const launcher = new FakeLauncher().silence().silence().json(ended("succeeded"));
    const { promise } = follow(launcher);
    await vi.advanceTimersByTimeAsync(25_000);
    expect((await promise).state).toBe("succeeded");
  });

  test("survives a network failure of minutes", async () => {
    const launcher = new FakeLauncher().stream([run()], "breaks").offline(20).json(ended("succeeded"));
    expect((await runTimers(follow(launcher).promise)).state).toBe("succeeded");
  });

  test("gives up when nothing was heard of the run for longer than a run takes", async () => {
    const begun = performance.now();
    const followed = follow(new FakeLauncher().stream([run()], "breaks").offline(40));
    await expect(runTimers(followed.promise)).rejects.toMatchObject({ code: "unreachable" });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(310_000);
    expect(performance.now() - begun).toBeLessThan(340_000);
  });

  describe("that runs for too long", () => {
    const stillRunning = { code: "still_running", retryable: false };

    test.each([
      ["the last news is seconds old", (launcher: FakeLauncher) => launcher.trickle([run()])],
      ["the stream is silent", (launcher: FakeLauncher) => launcher.stream([run()], "stays").silence()],
    ])("ends after 310 seconds to the second, when %s", async (_, streams) => {
      const launcher = streams(new FakeLauncher());
      for (let n = 0; n < 200; n += 1) launcher.json(run());
      const { promise } = follow(launcher);
      let ended = false;
      promise.catch(() => (ended = true));
      await vi.advanceTimersByTimeAsync(309_990);
      expect(ended).toBe(false);
      await vi.advanceTimersByTimeAsync(20);
      await expect(promise).rejects.toMatchObject(stillRunning);
      expect(vi.getTimerCount()).toBe(0);
    });

    test("is read once more, and has often just ended", async () => {
      const launcher = new FakeLauncher().always(run());
      const { promise } = follow(launcher);
      await vi.advanceTimersByTimeAsync(309_000);
      launcher.always(ended("succeeded"));
      await vi.advanceTimersByTimeAsync(1_010);
      expect((await promise).state).toBe("succeeded");
    });

    test("is not given up on before a computer that was asleep has its network back", async () => {
      const launcher = new FakeLauncher().stream([run()], "stays");
      const { promise } = follow(launcher.offline(4).json(ended("succeeded")));
      await vi.advanceTimersByTimeAsync(20_000);
      vi.setSystemTime(Date.now() + 8 * 3_600_000);
      await vi.advanceTimersByTimeAsync(300_000);
      expect((await promise).state).toBe("succeeded");
    });

    test("is lost where nothing answers any more", async () => {
      const launcher = new FakeLauncher().always(run());
      const { promise } = follow(launcher);
      promise.catch(() => {});
      await vi.advanceTimersByTimeAsync(300_000);
      launcher.always(null);
      await vi.advanceTimersByTimeAsync(60_000);
      await expect(promise).rejects.toMatchObject({ code: "unreachable" });
    });

    test("does not count the time in the queue", async () => {
      const launcher = new FakeLauncher().always(run({ state: "queued", queuePosition: 1 }));
      const { promise } = follow(launcher);
      await vi.advanceTimersByTimeAsync(900_000);
      launcher.always(ended("succeeded"));
      await vi.advanceTimersByTimeAsync(5_000);
      expect((await promise).state).toBe("succeeded");
    });
  });

  test("does not count the time in which the computer was asleep", async () => {
    const launcher = new FakeLauncher().stream([run()], "breaks").offline(4).json(ended("succeeded"));
    const { promise } = follow(launcher);
    await vi.advanceTimersByTimeAsync(2_000);
    const awake = performance.now();
    const clock = vi.spyOn(performance, "now").mockImplementation(() => awake + 8 * 3_600_000);
    expect((await runTimers(promise)).state).toBe("succeeded");
    clock.mockRestore();
  });

  test("waits as long as the launcher asks for, up to half a minute", async () => {
    for (const [asked, waited] of [
      [20, 20_000],
      [3_600, 30_000],
    ] as const) {
      const busy = problem({ code: "too_many_requests", retryAfterSeconds: asked });
      const launcher = new FakeLauncher().json(busy, 429).json(busy, 429).json(ended("succeeded"));
      const begun = performance.now();
      await runTimers(follow(launcher).promise);
      expect(performance.now() - begun).toBe(2 * waited);
    }
  });

  test("polls if the events are redirected, and reports at once if the polls are too", async () => {
    const signedIn = new FakeLauncher().redirect().json(run()).redirect().json(ended("succeeded"));
    expect((await runTimers(follow(signedIn).promise)).state).toBe("succeeded");

    const launcher = new FakeLauncher().redirect().redirect();
    const { promise } = follow(launcher);
    await expect(promise).rejects.toMatchObject({ code: "redirected", retryable: false });
    expect(launcher.seen).toHaveLength(2);
  });

  test("ends its pause early when the browser is online again", async () => {
    const launcher = new FakeLauncher().offline(5).json(ended("succeeded"));
    const { promise } = follow(launcher);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(launcher.seen).toHaveLength(5);
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
    expect((await promise).state).toBe("succeeded");
  });

  test.each([
    ["a sign-in page", "text/html; charset=utf-8", "<h1>Sign in</h1>"],
    ["a filter's words", "text/plain", "data: blocked\n\n"],
    ["other JSON", "application/json", '{"status":"blocked"}'],
    ["nothing of any kind", "", ""],
    ["a page that calls itself a stream", "text/event-stream", "<h1>Blocked</h1>"],
    ["another program's stream", "Text/Event-Stream;charset=utf-8", 'data: {"runId":"another"}\n\n'],
    ["a stream of no JSON", "text/event-stream", "data: hello\n\n"],
    [
      "a run in a state of which nothing is known",
      "text/event-stream",
      `data: {"runId":"${RUN}","state":"x"}\n\n`,
    ],
    ["a run without a state", "text/event-stream", `data: {"runId":"${RUN}"}\n\n`],
    ["half a run", "text/event-stream", `data: {"runId":"${RUN}","state":"succ\n\n`],
  ])("polls where the events are answered by %s", async (_, type, body) => {
    const launcher = new FakeLauncher();
    const progress = run({ elapsedSeconds: 2 });
    // A stream without events is followed by a poll at once. One with events of others is broken.
    const isBroken = body.startsWith("data:") && type !== "text/plain";
    if (isBroken) launcher.page(type, body).page(type, body).json(progress);
    else launcher.page(type, body).json(run()).page(type, body).json(progress);
    const followed = follow(launcher.json(ended("succeeded")));
    expect((await runTimers(followed.promise)).state).toBe("succeeded");
    expect(followed.runs.at(-2)).toEqual(progress);
    expect(followed.connections[0]).toBe(isBroken ? "reconnecting" : "live");
  });

  test("is not live by bytes without events, and polls then", async () => {
    for (const text of [": keep-alive\n\n", "<p>", "\n\n", "event: progress\n\n", "retry: 1\n"]) {
      const launcher = new FakeLauncher().trickle([], text).trickle([], text).json(ended("succeeded"));
      const followed = follow(launcher);
      await vi.advanceTimersByTimeAsync(25_000);
      expect((await followed.promise).state).toBe("succeeded");
      expect(followed.connections).toEqual(["reconnecting", "reconnecting", "live"]);
    }
  });

  test("asks for a new stream where only keep-alives come, without calling the connection lost", async () => {
    const launcher = new FakeLauncher()
      .trickle([run()])
      .trickle([run()])
      .trickle([ended("succeeded")]);
    const followed = follow(launcher);
    expect((await runTimers(followed.promise)).state).toBe("succeeded");
    expect(followed.connections).not.toContain("reconnecting");
    expect(launcher.seen[1]!.headers.get("last-event-id")).toBe(`${RUN}-1`);
  });

  test("is not misled by what answers the polls, and reads again", async () => {
    const launcher = new FakeLauncher()
      .offline(2)
      .page()
      .page("application/json", "{}")
      .page("application/json", "null")
      .page("application/json", '{"runId":"another","state":"succeeded"}')
      .json({ code: "blocked", message: "Blocked by a filter." }, 403)
      .json(ended("succeeded"));
    const followed = follow(launcher);
    expect(await runTimers(followed.promise)).toEqual(ended("succeeded"));
    expect(followed.runs).toEqual([ended("succeeded")]);
    expect(followed.connections.slice(0, -1)).not.toContain("live");
  });

  test("ends with an error where all answers are pages of others", async () => {
    const launcher = new FakeLauncher();
    for (let n = 0; n < 60; n += 1) launcher.page();
    const followed = follow(launcher);
    await expect(runTimers(followed.promise)).rejects.toMatchObject({ code: "unreadable" });
    expect(followed.connections).not.toContain("live");
  });

  test("rejects with an error that is not retryable", async () => {
    const unknown = problem({ code: "unknown_run", retryable: false });
    const followed = follow(new FakeLauncher().json(unknown, 404));
    await expect(runTimers(followed.promise)).rejects.toMatchObject({ code: "unknown_run" });
  });

  test("stops when its signal aborts, even during a pause", async () => {
    const controller = new AbortController();
    const launcher = new FakeLauncher().offline();
    const { promise } = follow(launcher, controller.signal);
    promise.catch(() => {});
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await expect(runTimers(promise)).rejects.toMatchObject({ name: "AbortError" });
    expect(launcher.seen).toHaveLength(1);
  });
});

test("stops at once when its signal aborts as the connection is reported lost", async () => {
  const controller = new AbortController();
  const promise = clientOf(new FakeLauncher().offline()).follow(RUN, {
    signal: controller.signal,
    onConnection: () => controller.abort(),
  });
  await expect(runTimers(promise)).rejects.toMatchObject({ name: "AbortError" });
});
