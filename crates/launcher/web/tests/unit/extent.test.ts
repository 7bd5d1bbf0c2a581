// How far a run is, and what a first refresh of its size takes.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Phase, Progress } from "../../src/client/contract";
import { firstRefreshSeconds, further, NOTHING_KNOWN } from "../../src/state/extent";

const PHASES: Phase[] = ["finding_school", "fetching", "comparing", "writing", "finishing"];

const of = (phase: Phase, done: number | null = null, total: number | null = null): Progress => ({
  phase,
  done,
  total,
});

describe("how far a run is", () => {
  test.each([
    [[], null],
    [[null], null],
    [[of("finding_school")], 0],
    [[of("fetching")], 2],
    [[of("fetching", 0, 930)], 2],
    [[of("fetching", 465, 930)], 36],
    [[of("fetching", 930, 930)], 70],
    // Knack has told of more records, and a phase began to count.
    [[of("fetching", 465, 930), of("fetching", 465, 4_000)], 36],
    [[of("fetching", 930, 930), of("comparing")], 70],
    [[of("comparing"), of("writing", 0, 10)], 72],
    [[of("writing", 10, 10), of("finishing")], 98],
    [[of("writing", 11, 10)], 98],
    [[of("writing", 0, 0)], 72],
    // A phase that this version of the package does not know.
    [[of("writing", 5, 10), of("other" as Phase)], 85],
  ])("after %j is %j", (reports, percent) => {
    expect(reports.reduce(further, NOTHING_KNOWN).percent).toBe(percent);
  });

  test("never falls back, whatever is reported", () => {
    const number = fc.option(fc.nat(5_000), { nil: null });
    const report = fc.record({ phase: fc.constantFrom(...PHASES), done: number, total: number });
    fc.assert(
      fc.property(fc.array(report), (reports) => {
        let before = NOTHING_KNOWN;
        for (const it of reports) {
          const after = further(before, it);
          expect(after.percent).toBeGreaterThanOrEqual(before.percent ?? 0);
          expect(after.percent).toBeLessThanOrEqual(100);
          expect(after.records ?? 0).toBeGreaterThanOrEqual(before.records ?? 0);
          before = after;
        }
      }),
    );
  });
});

test.each([
  [of("finding_school"), null],
  [of("fetching", null, null), null],
  [of("fetching", 0, 6), 5],
  [of("fetching", 0, 934), 5],
  [of("fetching", 0, 4_000), 10],
  [of("fetching", 0, 12_000), 25],
])("a first refresh with %j takes about %j seconds", (progress, seconds) => {
  expect(firstRefreshSeconds(further(NOTHING_KNOWN, progress))).toBe(seconds);
});
