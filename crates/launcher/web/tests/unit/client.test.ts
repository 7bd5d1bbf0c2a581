import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createRefreshClient, RefreshError, type Connection, type Run } from "../../src";
import { FakeLauncher } from "./launcher";
import { ended, problem, run, SCHOOL, status } from "./samples";

const RUN = run().runId;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function clientOf(launcher: FakeLauncher, token: string | null = "secret") {
  return createRefreshClient({
    baseUrl: "https://refresh.example.test/",
    getToken: () => token,
    fetch: launcher.fetch,
  });
}

/** What became of a promise, with all the waiting it needs. */
async function patiently<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  await vi.runAllTimersAsync();
  return promise;
}

describe("starting", () => {
  test("asks once, to be answered at once, with the token in its header and nowhere else", async () => {
    const launcher = new FakeLauncher().json({ joined: true, ...run() }, 202);

    const started = await clientOf(launcher).start(SCHOOL);

    expect(started).toEqual({ joined: true, run: run() });
    const [seen] = launcher.seen;
    expect(seen).toMatchObject({
      method: "POST",
      path: "https://refresh.example.test/api/sync/refresh-establishment",
      body: JSON.stringify({ establishmentId: SCHOOL }),
    });
    expect(seen!.headers.get("authorization")).toBe("Bearer secret");
    expect(seen!.headers.get("prefer")).toBe("respond-async");
  });

  test("sends no cookies", async () => {
    const launcher = new FakeLauncher().json({ joined: true, ...run() }, 202);
    await clientOf(launcher).start(SCHOOL);
    expect(launcher.seen[0]!.credentials).toBe("omit");
  });

  test("sends no Authorization without a token", async () => {
    const launcher = new FakeLauncher().json({ joined: false, ...run() }, 202);
    await clientOf(launcher, null).start(SCHOOL);
    expect(launcher.seen[0]!.headers.has("authorization")).toBe(false);
  });

  test("is never asked for a second time, whatever goes wrong", async () => {
    for (const launcher of [
      new FakeLauncher().offline(),
      new FakeLauncher().json(problem({ code: "busy" }), 503),
      new FakeLauncher().text("<html>Bad gateway</html>", 502),
      new FakeLauncher().silence(),
    ]) {
      await expect(patiently(clientOf(launcher).start(SCHOOL))).rejects.toBeInstanceOf(RefreshError);
      expect(launcher.seen).toHaveLength(1);
    }
  });

  test("that is refused says what the launcher says", async () => {
    const refused = problem({ code: "cooling_down", message: "Wait a little.", retryAfterSeconds: 222 });
    const launcher = new FakeLauncher().json(refused, 429);
    const error = await clientOf(launcher)
      .start(SCHOOL)
      .catch((it: unknown) => it);
    expect(error).toMatchObject({ code: "cooling_down", message: "Wait a little.", retryAfterSeconds: 222 });
  });

  test("that gets no answer, or a page instead of one, says so in a sentence", async () => {
    const offline = clientOf(new FakeLauncher().offline()).start(SCHOOL);
    await expect(offline).rejects.toMatchObject({ code: "unreachable", retryable: true });
    const page = clientOf(new FakeLauncher().text("<html>", 502)).start(SCHOOL);
    await expect(page).rejects.toMatchObject({ code: "unreadable", retryable: true });
  });
});

describe("following", () => {
  function follow(launcher: FakeLauncher, signal?: AbortSignal) {
    const runs: Run[] = [];
    const connections: Connection[] = [];
    const over = clientOf(launcher).follow(RUN, {
      onRun: (told) => runs.push(told),
      onConnection: (connection) => connections.push(connection),
      ...(signal ? { signal } : {}),
    });
    return { over, runs, connections };
  }

  test("tells every state and resolves with the last", async () => {
    const over = ended("succeeded");
    const followed = follow(new FakeLauncher().stream([run(), over]));
    expect(await patiently(followed.over)).toEqual(over);
    expect(followed.runs).toEqual([run(), over]);
  });

  test("resumes a stream that breaks where it broke, and posts nothing", async () => {
    const launcher = new FakeLauncher().stream([run()], "breaks").stream([ended("succeeded")], "ends", 2);
    const followed = follow(launcher);
    await patiently(followed.over);
    expect(launcher.seen[1]!.headers.get("last-event-id")).toBe(`${RUN}-1`);
    expect(launcher.paths().every((path) => path.startsWith("GET "))).toBe(true);
    expect(followed.connections).toEqual(["live", "reconnecting", "live"]);
  });

  test("goes on by streams, however often they break, as long as something comes of each", async () => {
    const launcher = new FakeLauncher();
    for (let n = 1; n <= 4; n += 1) launcher.stream([run()], "breaks", n);
    await patiently(follow(launcher.stream([ended("succeeded")], "ends", 5)).over);
    expect(launcher.paths().every((path) => path.endsWith("/events"))).toBe(true);
  });

  test("brings the token of the moment to each request", async () => {
    const launcher = new FakeLauncher().stream([run()], "breaks").stream([ended("succeeded")]);
    let asked = 0;
    const client = createRefreshClient({ getToken: () => `token ${(asked += 1)}`, fetch: launcher.fetch });
    await patiently(client.follow(RUN));
    const sent = launcher.seen.map(({ headers }) => headers.get("authorization"));
    expect(sent).toEqual(["Bearer token 1", "Bearer token 2"]);
  });

  test("comes back at once to a stream that was closed in good order", async () => {
    const launcher = new FakeLauncher().stream([run()], "ends").stream([ended("succeeded")], "ends", 2);
    const followed = follow(launcher);
    await patiently(followed.over);
    expect(followed.connections).not.toContain("reconnecting");
  });

  test("polls where streams do not get through", async () => {
    const launcher = new FakeLauncher().offline(2).json(run()).json(ended("succeeded"));
    await patiently(follow(launcher).over);
    const [, path] = launcher.paths()[3]!.split(" ");
    expect(path).toBe(`https://refresh.example.test/api/sync/runs/${RUN}`);
  });

  test("takes a stream that is held back, or falls silent, for broken", async () => {
    const launcher = new FakeLauncher().stream([run()], "stays").silence().silence().json(ended("succeeded"));
    expect((await patiently(follow(launcher).over)).state).toBe("succeeded");
  });

  test("does not wait longer than ten seconds for a stream to begin", async () => {
    const launcher = new FakeLauncher().silence().silence().json(ended("succeeded"));
    const { over } = follow(launcher);
    await vi.advanceTimersByTimeAsync(25_000);
    expect((await over).state).toBe("succeeded");
  });

  test("survives a long time without a network", async () => {
    const launcher = new FakeLauncher().stream([run()], "breaks").offline(30).json(ended("succeeded"));
    expect((await patiently(follow(launcher).over)).state).toBe("succeeded");
  });

  test("does not wait out its pause once the browser is online again", async () => {
    const launcher = new FakeLauncher().offline(5).json(ended("succeeded"));
    const { over } = follow(launcher);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(launcher.seen).toHaveLength(5);
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
    expect((await over).state).toBe("succeeded");
  });

  test("ends with an error that asking again does not mend", async () => {
    const unknown = problem({ code: "unknown_run", retryable: false });
    const followed = follow(new FakeLauncher().json(unknown, 404));
    await expect(patiently(followed.over)).rejects.toMatchObject({ code: "unknown_run" });
  });

  test("stops when nobody wants to know any more, also in the middle of a pause", async () => {
    const leaving = new AbortController();
    const launcher = new FakeLauncher().offline();
    const { over } = follow(launcher, leaving.signal);
    over.catch(() => {});
    await vi.advanceTimersByTimeAsync(10);
    leaving.abort();
    await expect(patiently(over)).rejects.toMatchObject({ name: "AbortError" });
    expect(launcher.seen).toHaveLength(1);
  });
});

test("a follower that leaves when it hears of the break is not kept waiting", async () => {
  const leaving = new AbortController();
  const over = clientOf(new FakeLauncher().offline()).follow(RUN, {
    signal: leaving.signal,
    onConnection: () => leaving.abort(),
  });
  await expect(patiently(over)).rejects.toMatchObject({ name: "AbortError" });
});

describe("refreshEstablishmentData", () => {
  test("has the shape that the dashboard reads", async () => {
    const launcher = new FakeLauncher().json({ joined: false, ...run() }, 202).stream([ended("succeeded")]);
    const { refreshEstablishmentData } = clientOf(launcher);
    const answer = await patiently(refreshEstablishmentData(SCHOOL));
    expect(answer.success).toBe(true);
    expect(answer.message).toContain("Alder Park School");
    expect(answer.summary.students_synced).toBe(465);
    expect(answer.summary.duration_seconds).toBe(1.9);
  });

  test("throws what the launcher says of a run that failed", async () => {
    const launcher = new FakeLauncher().json({ joined: false, ...run() }, 202).stream([ended("failed")]);
    const refused = patiently(clientOf(launcher).refreshEstablishmentData(SCHOOL));
    await expect(refused).rejects.toMatchObject({ code: "knack_unavailable", message: problem().message });
  });
});

test("an id is asked for as it is, and cannot leave its place", async () => {
  const launcher = new FakeLauncher().json(status());
  await clientOf(launcher).status("a&b=c/../d");
  expect(launcher.seen[0]!.path).toMatch(/status\?establishmentId=a%26b%3Dc%2F\.\.%2Fd$/);
});
