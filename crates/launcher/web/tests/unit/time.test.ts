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

/** The words are written with no-break spaces within them. */
const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("a countdown", () => {
  test.each([
    [300 * S, "5 min 0 s"],
    [222 * S, "3 min 42 s"],
    [59_001, "1 min 0 s"],
    [9_000, "9 s"],
    [1, "1 s"],
    [0, "0 s"],
    [-1, "0 s"],
  ])("of %d ms is %s", (ms, text) => {
    expect(plain(countdown(ms, WORDS))).toBe(text);
  });

  test("is rounded up, and elapsed time is rounded down", () => {
    const times = [countdown(400, WORDS), ...[400, 1_999, 61_000].map((ms) => elapsed(ms, WORDS))];
    expect(times.map(plain)).toEqual(["1 s", "0 s", "1 s", "1 min 1 s"]);
  });
});

test.each([
  [0.2, "1 s"],
  [1.9, "2 s"],
  [34.2, "34 s"],
  [59.6, "1 min"],
  [99.4, "1 min 39 s"],
  [170, "2 min 50 s"],
  [599, "9 min 59 s"],
  [640, "11 min"],
])("a duration of %d seconds is %s", (seconds, words) => {
  expect(plain(duration(seconds, WORDS))).toBe(words);
});
