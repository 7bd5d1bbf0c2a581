import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createRefreshClient, RefreshError, type ClientOptions } from "../../src";
import { clientOf, runTimers } from "./asking";
import { FakeLauncher } from "./fake-launcher";
import { ended, problem, run, SCHOOL, status, summary } from "./samples";

const RUN = run().runId;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a start", () => {
  test("is one request that asks for an immediate response, with the token in a header only", async () => {
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

  test("sends no Authorization header without a token", async () => {
    const launcher = new FakeLauncher().json({ joined: false, ...run() }, 202);
    await clientOf(launcher, () => null).start(SCHOOL);
    expect(launcher.seen[0]!.headers.has("authorization")).toBe(false);
  });

  test("is never sent a second time, whatever goes wrong", async () => {
    for (const launcher of [
      new FakeLauncher().offline(),
      new FakeLauncher().json(problem({ code: "busy" }), 503),
      new FakeLauncher().text("<html>Bad gateway</html>", 502),
      new FakeLauncher().silence(),
    ]) {
      await expect(runTimers(clientOf(launcher).start(SCHOOL))).rejects.toBeInstanceOf(RefreshError);
      expect(launcher.seen).toHaveLength(1);
    }
  });

  test("that is refused rejects with the launcher's problem", async () => {
    const refused = problem({ code: "cooling_down", message: "Wait a little.", retryAfterSeconds: 222 });
    const launcher = new FakeLauncher().json(refused, 429);
    const error = await clientOf(launcher)
      .start(SCHOOL)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "cooling_down", message: "Wait a little.", retryAfterSeconds: 222 });
  });

  test("that a gateway refuses in JSON of its own is not taken for the launcher's refusal", async () => {
    for (const retryAfterSeconds of ["soon", "10", [], {}]) {
      const launcher = new FakeLauncher().json({ ...problem({ code: "busy" }), retryAfterSeconds }, 503);
      const started = clientOf(launcher).start(SCHOOL);
      await expect(started).rejects.toMatchObject({ code: "unreadable" });
    }
  });

  test("that gets no response, or HTML instead of JSON, rejects with a sentence for people", async () => {
    const offline = clientOf(new FakeLauncher().offline()).start(SCHOOL);
    await expect(offline).rejects.toMatchObject({ code: "unreachable", retryable: true });
    for (const launcher of [
      new FakeLauncher().text("<html>", 502),
      new FakeLauncher().page(),
      new FakeLauncher().json({ status: "ok" }),
      new FakeLauncher().json(null),
      new FakeLauncher().json([run()]),
      new FakeLauncher().json({ runId: RUN, state: "constructor", joined: false }),
      new FakeLauncher().json({ ...run(), runId: 1, joined: false }),
      new FakeLauncher().page("application/json", '{"runId":"1'),
      new FakeLauncher().page("application/json", ""),
    ]) {
      const page = clientOf(launcher).start(SCHOOL);
      await expect(page).rejects.toMatchObject({ code: "unreadable", retryable: true });
    }
  });
});

describe("the token", () => {
  const broken: [string, ClientOptions["getToken"]][] = [
    [
      "throws",
      () => {
        throw new Error("not signed in");
      },
    ],
    ["is refused", () => Promise.reject(new Error("not signed in"))],
    ["never comes", () => new Promise(() => {})],
  ];

  test.each(broken)(
    "that %s ends each call with an error, within 30 seconds and without a request",
    async (_, getToken) => {
      const launcher = new FakeLauncher();
      const client = clientOf(launcher, getToken);
      const calls: (() => Promise<unknown>)[] = [
        () => client.start(SCHOOL),
        () => client.status(SCHOOL),
        () => client.cancel(RUN),
      ];
      for (const call of calls) {
        const begun = performance.now();
        await expect(runTimers(call())).rejects.toBeInstanceOf(RefreshError);
        expect(performance.now() - begun).toBeLessThanOrEqual(30_000);
      }
      expect(launcher.seen).toEqual([]);
    },
  );

  test("that cannot be had for a moment does not end the following of a run", async () => {
    const tokens = [broken[0]![1]!, broken[1]![1]!, () => "secret"];
    const launcher = new FakeLauncher().json(ended("succeeded"));
    const client = clientOf(launcher, () => tokens.shift()!());
    expect((await runTimers(client.follow(RUN))).state).toBe("succeeded");
  });
});

test("a fetch of the host that throws at once is an error like any other", async () => {
  const client = createRefreshClient({
    fetch: () => {
      throw new Error("blocked");
    },
  });
  await expect(client.start(SCHOOL)).rejects.toMatchObject({ code: "unreachable" });
});

describe("refreshEstablishmentData", () => {
  test("resolves with the data that the dashboard reads", async () => {
    const launcher = new FakeLauncher().json({ joined: false, ...run() }, 202).stream([ended("succeeded")]);
    const { refreshEstablishmentData } = clientOf(launcher);
    const answer = await runTimers(refreshEstablishmentData(SCHOOL));
    expect(answer.success).toBe(true);
    expect(answer.message).toBe("Data refreshed successfully for Alder Park School");
    expect(answer.partial).toBe(false);
    expect(answer.summary.students_synced).toBe(465);
    expect(answer.summary.duration_seconds).toBe(1.9);
  });

  test("says when a refresh was partial", async () => {
    const partial = ended("partial", { summary: summary({ partial: true }) });
    const launcher = new FakeLauncher().json({ joined: false, ...run() }, 202).stream([partial]);
    const answer = await runTimers(clientOf(launcher).refreshEstablishmentData(SCHOOL));
    expect(answer).toMatchObject({ success: true, partial: true });
    expect(answer.message).toMatch(
      /^Data refreshed for Alder Park School, but some of it could not be saved/,
    );
  });

  test("follows the run that is active if the answer to its start was lost", async () => {
    const started = () => status({ activeRun: run() });
    for (const launcher of [
      new FakeLauncher().offline().json(started()),
      new FakeLauncher().silence().json(started()),
      new FakeLauncher().text("<html>Bad gateway</html>", 502).json(started()),
      new FakeLauncher().page().json(started()),
    ]) {
      const { refreshEstablishmentData } = clientOf(launcher.stream([ended("succeeded")]));
      const answer = await runTimers(refreshEstablishmentData(SCHOOL));
      expect(answer.success).toBe(true);
      expect(launcher.paths().filter((path) => path.startsWith("POST"))).toHaveLength(1);
    }
  });

  test("throws why the start failed if no run is active, and asks nothing where it was refused", async () => {
    const refused = problem({ code: "cooling_down" });
    for (const [launcher, code, requests] of [
      [new FakeLauncher().offline().json(status()), "unreachable", 2],
      [new FakeLauncher().page().offline(), "unreadable", 2],
      [new FakeLauncher().json(refused, 429), "cooling_down", 1],
    ] as const) {
      const { refreshEstablishmentData } = clientOf(launcher);
      await expect(runTimers(refreshEstablishmentData(SCHOOL))).rejects.toMatchObject({ code });
      expect(launcher.seen).toHaveLength(requests);
    }
  });

  test("throws the launcher's problem if the run fails", async () => {
    const launcher = new FakeLauncher().json({ joined: false, ...run() }, 202).stream([ended("failed")]);
    const refused = runTimers(clientOf(launcher).refreshEstablishmentData(SCHOOL));
    await expect(refused).rejects.toMatchObject({ code: "knack_unavailable", message: problem().message });
  });
});

test("a status that something else answers is none", async () => {
  for (const launcher of [
    new FakeLauncher().page(),
    new FakeLauncher().json({ status: "ok" }),
    new FakeLauncher().json({ ...status(), cooldownSeconds: "soon" }),
    new FakeLauncher().json({ ...status(), activeRun: { runId: RUN } }),
  ]) {
    await expect(clientOf(launcher).status(SCHOOL)).rejects.toMatchObject({ code: "unreadable" });
  }
});

test("a school's id is encoded, so it cannot change the address", async () => {
  const launcher = new FakeLauncher().json(status());
  await clientOf(launcher).status("a&b=c/../d");
  expect(launcher.seen[0]!.path).toMatch(/status\?establishmentId=a%26b%3Dc%2F\.\.%2Fd$/);
});
