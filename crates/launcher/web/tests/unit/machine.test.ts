import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { RefreshError } from "../../src";
import { initialState, next, type RefreshEvent, type RefreshState } from "../../src/state/machine";
import { ended, problem, run, status } from "./samples";

const OTHER = "22222222-2222-4222-8222-222222222222";

function after(events: RefreshEvent[], at = 0): RefreshState {
  return events.reduce((state, event) => next(state, event, at), initialState());
}

const requested: RefreshEvent = { type: "requested" };
const accepted: RefreshEvent = { type: "accepted", run: run({ state: "queued" }), joined: false };
const succeeded: RefreshEvent = { type: "run", run: ended("succeeded") };
const shown: RefreshEvent = { type: "shown", figures: "shown" };
const error = (code: string, seconds?: number) =>
  new RefreshError(problem({ code, retryAfterSeconds: seconds ?? null }));

describe("a refresh", () => {
  test("that is requested twice is started once", () => {
    const starting = after([requested]);
    expect(next(starting, requested, 0)).toBe(starting);
  });

  test("is followed from its acceptance until it ends", () => {
    expect(after([requested]).activity).toBe("starting");
    expect(after([requested, accepted]).activity).toBe("following");
    expect(after([requested, accepted, succeeded])).toMatchObject({ activity: "showing", outcome: null });
    const state = after([requested, accepted, succeeded, shown]);
    expect(state).toMatchObject({ activity: "idle", run: null, outcome: { kind: "ended" } });
  });

  test("that is already running when the page opens is followed", () => {
    const state = after([{ type: "status", status: status({ activeRun: run() }) }]);
    expect(state).toMatchObject({ activity: "following", joined: true });
  });

  test("that has ended is not brought back by a status requested before its end", () => {
    const late: RefreshEvent = { type: "status", status: status({ activeRun: run() }) };
    expect(after([requested, accepted, succeeded, shown, late]).activity).toBe("idle");
  });

  test("ignores events of another run", () => {
    const other: RefreshEvent = { type: "run", run: ended("failed", { runId: OTHER }) };
    expect(after([requested, accepted, other]).activity).toBe("following");
  });

  test("that is refused during the cooldown knows when the cooldown ends", () => {
    const refused: RefreshEvent = { type: "refused", error: error("cooling_down", 222) };
    expect(after([requested, refused], 1_000)).toMatchObject({ activity: "idle", cooldownUntil: 223_000 });
  });

  test("is forbidden for a school without access, until a status arrives", () => {
    const failed: RefreshEvent = { type: "status-failed", error: error("not_allowed") };
    expect(after([failed]).isForbidden).toBe(true);
    expect(after([failed, { type: "status", status: status() }]).isForbidden).toBe(false);
  });

  test("is forbidden for a school that is unknown, and leaves the sentence of a refused refresh", () => {
    const unknown = error("establishment_not_found");
    expect(after([{ type: "status-failed", error: unknown }]).isForbidden).toBe(true);
    const refused = after([requested, { type: "refused", error: unknown }]);
    expect(refused).toMatchObject({ isForbidden: false, outcome: { kind: "refused", error: unknown } });
  });

  test("that can no longer be followed becomes idle with the outcome lost", () => {
    const lost: RefreshEvent = { type: "lost", error: error("unknown_run") };
    expect(after([requested, accepted, lost])).toMatchObject({ activity: "idle", outcome: { kind: "lost" } });
  });

  test("that takes too long is followed again only by someone who asks for it", () => {
    const late: RefreshEvent = { type: "status", status: status({ activeRun: run() }) };
    const tooLong: RefreshEvent = { type: "lost", error: error("still_running") };
    expect(after([requested, accepted, tooLong, late]).activity).toBe("idle");
    expect(after([requested, accepted, tooLong, late, requested, accepted]).activity).toBe("following");
  });

  test("of someone else that has just ended is shown with the cooldown", () => {
    const earlier: RefreshEvent = {
      type: "earlier",
      run: ended("succeeded"),
      error: error("cooling_down", 222),
    };
    expect(after([requested, earlier], 1_000)).toMatchObject({
      activity: "idle",
      cooldownUntil: 223_000,
      outcome: { kind: "ended", wasEarlier: true },
    });
  });

  test("of another tab is followed as one that was joined", () => {
    expect(after([{ type: "found", run: run() }])).toMatchObject({ activity: "following", joined: true });
    expect(after([{ type: "found", run: ended("succeeded") }]).activity).toBe("showing");
    expect(after([requested, { type: "found", run: run() }]).activity).toBe("starting");
  });

  test("keeps its elapsed time when old events are repeated after a break", () => {
    let state = after(
      [requested, { type: "accepted", run: run({ elapsedSeconds: 0 }), joined: false }],
      10_000,
    );
    state = next(state, { type: "run", run: run({ elapsedSeconds: 5 }) }, 15_000);
    state = next(state, { type: "run", run: run({ elapsedSeconds: 2 }) }, 30_000);
    expect(state.runningSince).toBe(10_000);
  });

  test("has no elapsed time while it is queued", () => {
    expect(after([requested, accepted], 10_000).runningSince).toBeNull();
  });

  test("starts without leftovers of the last one", () => {
    const state = after([
      requested,
      accepted,
      { type: "cancel", cancel: "failed" },
      { type: "connection", connection: "reconnecting" },
      { type: "run", run: ended("failed") },
      requested,
      { type: "accepted", run: run({ runId: OTHER }), joined: false },
    ]);
    expect(state).toMatchObject({ cancel: "none", connection: "live", outcome: null });
  });
});

describe("in any order of events", () => {
  const runs = fc.constantFrom(run(), run({ state: "queued" }), run({ runId: OTHER, state: "cancelling" }));
  const endings = fc.constantFrom(ended("succeeded"), ended("failed"), ended("cancelled", { runId: OTHER }));
  const errors = fc
    .constantFrom("cooling_down", "not_allowed", "unreachable", "unknown_run")
    .map((code) => error(code));
  const events: fc.Arbitrary<RefreshEvent> = fc.oneof(
    fc.constant(requested),
    fc.record({ type: fc.constant("accepted" as const), run: runs, joined: fc.boolean() }),
    fc.record({ type: fc.constant("run" as const), run: fc.oneof(runs, endings) }),
    fc.record({ type: fc.constant("found" as const), run: fc.oneof(runs, endings) }),
    fc.constant(shown),
    fc.constant<RefreshEvent>({ type: "suspended" }),
    fc.record({
      type: fc.constant("status" as const),
      status: fc.option(runs).map((activeRun) => status({ activeRun })),
    }),
    fc.record({
      type: fc.constantFrom("refused" as const, "lost" as const, "status-failed" as const),
      error: errors,
    }),
    fc.constantFrom<RefreshEvent>(
      { type: "connection", connection: "reconnecting" },
      { type: "cancel", cancel: "requested" },
      { type: "dismissed" },
    ),
  );

  test("a run is followed exactly while there is one, and leaves nothing behind", () => {
    fc.assert(
      fc.property(fc.array(events), (all) => {
        let state = initialState();
        for (const event of all) {
          state = next(state, event, 0);
          expect(state.run !== null).toBe(["following", "showing"].includes(state.activity));
          if (state.activity === "idle") {
            expect(state).toMatchObject({ runningSince: null, cancel: "none", joined: false });
          }
          if (state.activity !== "idle") expect(state.outcome).toBeNull();
        }
      }),
    );
  });

  test("an end is reported once, unless the user starts a refresh again", () => {
    fc.assert(
      fc.property(fc.array(events), (all) => {
        const reported: string[] = [];
        let state = initialState();
        // Another tab may tell of a run once.
        let requests = 0;
        for (const event of all) {
          const after = next(state, event, 0);
          if (after !== state && (event.type === "requested" || event.type === "found")) requests += 1;
          if (after.outcome?.kind === "ended" && after.outcome !== state.outcome)
            reported.push(after.outcome.run.runId);
          state = after;
        }
        const again = reported.filter((id, n) => reported[n - 1] === id).length;
        expect(again).toBeLessThanOrEqual(requests);
      }),
    );
  });
});
