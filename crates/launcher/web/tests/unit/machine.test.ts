import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { RefreshError } from "../../src";
import { initialState, next, type RefreshEvent, type RefreshState } from "../../src/state/machine";
import { ended, problem, run, status } from "./samples";

const OTHER = "22222222-2222-4222-8222-222222222222";

function after(events: RefreshEvent[], at = 0): RefreshState {
  return events.reduce((state, event) => next(state, event, at), initialState());
}

const asked: RefreshEvent = { type: "asked" };
const accepted: RefreshEvent = { type: "accepted", run: run({ state: "queued" }), joined: false };
const succeeded: RefreshEvent = { type: "told", run: ended("succeeded") };
const error = (code: string, seconds?: number) =>
  new RefreshError(problem({ code, retryAfterSeconds: seconds ?? null }));

describe("a refresh", () => {
  test("that is asked for twice is started once", () => {
    const starting = after([asked]);
    expect(next(starting, asked, 0)).toBe(starting);
  });

  test("is followed from its acceptance to its end", () => {
    expect(after([asked]).activity).toBe("starting");
    expect(after([asked, accepted]).activity).toBe("following");
    const over = after([asked, accepted, succeeded]);
    expect(over).toMatchObject({ activity: "idle", run: null, outcome: { kind: "ended" } });
  });

  test("that goes on already when the page is opened is followed", () => {
    const state = after([{ type: "status", status: status({ activeRun: run() }) }]);
    expect(state).toMatchObject({ activity: "following", joined: true });
  });

  test("that has ended is not brought back by a status that was asked for before", () => {
    const late: RefreshEvent = { type: "status", status: status({ activeRun: run() }) };
    expect(after([asked, accepted, succeeded, late]).activity).toBe("idle");
  });

  test("tells nothing of another run", () => {
    const other: RefreshEvent = { type: "told", run: ended("failed", { runId: OTHER }) };
    expect(after([asked, accepted, other]).activity).toBe("following");
  });

  test("that is refused because the school rests says until when", () => {
    const refused: RefreshEvent = { type: "refused", error: error("cooling_down", 222) };
    expect(after([asked, refused], 1_000)).toMatchObject({ activity: "idle", coolsUntil: 223_000 });
  });

  test("of a school that is not the caller's hides the button until a status says otherwise", () => {
    const failed: RefreshEvent = { type: "status-failed", error: error("not_allowed") };
    expect(after([failed]).forbidden).toBe(true);
    expect(after([failed, { type: "status", status: status() }]).forbidden).toBe(false);
    expect(after([asked, { type: "refused", error: error("not_allowed") }]).forbidden).toBe(true);
  });

  test("that can no longer be followed is over for us, and says so", () => {
    const lost: RefreshEvent = { type: "lost", error: error("unknown_run") };
    expect(after([asked, accepted, lost])).toMatchObject({ activity: "idle", outcome: { kind: "lost" } });
  });

  test("keeps its elapsed time when old events are told again after a break", () => {
    let state = after([asked, { type: "accepted", run: run({ elapsedSeconds: 0 }), joined: false }], 10_000);
    state = next(state, { type: "told", run: run({ elapsedSeconds: 5 }) }, 15_000);
    state = next(state, { type: "told", run: run({ elapsedSeconds: 2 }) }, 30_000);
    expect(state.runningSince).toBe(10_000);
  });

  test("has no elapsed time while it waits for its turn", () => {
    expect(after([asked, accepted], 10_000).runningSince).toBeNull();
  });

  test("begins without what the last one left behind", () => {
    const state = after([
      asked,
      accepted,
      { type: "cancel", cancel: "failed" },
      { type: "connection", connection: "reconnecting" },
      { type: "told", run: ended("failed") },
      asked,
      { type: "accepted", run: run({ runId: OTHER }), joined: false },
    ]);
    expect(state).toMatchObject({ cancel: "no", connection: "live", outcome: null });
  });
});

describe("under any order of events", () => {
  const runs = fc.constantFrom(run(), run({ state: "queued" }), run({ runId: OTHER, state: "cancelling" }));
  const endings = fc.constantFrom(ended("succeeded"), ended("failed"), ended("cancelled", { runId: OTHER }));
  const errors = fc
    .constantFrom("cooling_down", "not_allowed", "unreachable", "unknown_run")
    .map((it) => error(it));
  const events: fc.Arbitrary<RefreshEvent> = fc.oneof(
    fc.constant(asked),
    fc.record({ type: fc.constant("accepted" as const), run: runs, joined: fc.boolean() }),
    fc.record({ type: fc.constant("told" as const), run: fc.oneof(runs, endings) }),
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
      { type: "cancel", cancel: "asked" },
      { type: "dismissed" },
    ),
  );

  test("a run is followed exactly while there is one, and nothing is left over from it", () => {
    fc.assert(
      fc.property(fc.array(events), (all) => {
        let state = initialState();
        for (const event of all) {
          state = next(state, event, 0);
          expect(state.run !== null).toBe(state.activity === "following");
          if (state.activity === "idle") {
            expect(state).toMatchObject({ runningSince: null, cancel: "no", joined: false });
          }
          if (state.activity !== "idle") expect(state.outcome).toBeNull();
        }
      }),
    );
  });

  test("an end is told once, unless the run is started again by hand", () => {
    fc.assert(
      fc.property(fc.array(events), (all) => {
        const told: string[] = [];
        let state = initialState();
        let asks = 0;
        for (const event of all) {
          const after = next(state, event, 0);
          if (event.type === "asked" && after !== state) asks += 1;
          if (after.outcome?.kind === "ended" && after.outcome !== state.outcome)
            told.push(after.outcome.run.runId);
          state = after;
        }
        const again = told.filter((id, n) => told[n - 1] === id).length;
        expect(again).toBeLessThanOrEqual(asks);
      }),
    );
  });
});
