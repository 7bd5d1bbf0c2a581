import { describe, expect, test } from "vitest";

import { countdown, duration, elapsed, roughly } from "../../src/words/time";
import { wordsOf } from "../../src/words/words";

const WORDS = wordsOf();
const S = 1_000;
const MIN = 60 * S;
const H = 60 * MIN;

describe("a rough time", () => {
  test.each([
    [-5 * S, "a moment"],
    [59 * S, "a moment"],
    [60 * S, "1 minute"],
    [119 * S, "1 minute"],
    [59 * MIN + 59 * S, "59 minutes"],
    [60 * MIN, "1 hour"],
    [18 * H, "18 hours"],
    [24 * H, "24 hours"],
    [27 * H, "27 hours"],
    [48 * H - 1, "47 hours"],
    [48 * H, "2 days"],
    [400 * 24 * H, "400 days"],
  ])("of %d ms is %s", (ms, words) => {
    expect(roughly(ms, WORDS)).toBe(words);
  });

  test("counts real hours on the night when the clocks change", () => {
    const evening = Date.parse("2026-03-28T22:00:00Z");
    const morning = Date.parse("2026-03-29T09:00:00+01:00");
    expect(roughly(morning - evening, WORDS)).toBe("10 hours");
  });
});

describe("a countdown", () => {
  test.each([
    [300 * S, "5:00"],
    [222 * S, "3:42"],
    [59_001, "1:00"],
    [9_000, "0:09"],
    [1, "0:01"],
    [0, "0:00"],
    [-1, "0:00"],
  ])("of %d ms is %s", (ms, text) => {
    expect(countdown(ms)).toBe(text);
  });

  test("is rounded up, and elapsed time is rounded down", () => {
    expect([countdown(400), elapsed(400), elapsed(1_999), elapsed(61_000)]).toEqual([
      "0:01",
      "0:00",
      "0:01",
      "1:01",
    ]);
  });
});

test.each([
  [0.2, "1 s"],
  [1.9, "2 s"],
  [34.2, "34 s"],
  [99.4, "99 s"],
  [170, "3 min"],
])("a duration of %d seconds is %s", (seconds, words) => {
  expect(duration(seconds, WORDS)).toBe(words.replace(" ", "\u00a0"));
});
