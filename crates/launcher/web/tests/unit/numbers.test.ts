import { expect, test } from "vitest";

import { counted } from "../../src/words/numbers";

test.each([
  [0, "0 students"],
  [1, "1 student"],
  [999, "999 students"],
  [1_000, "1,000 students"],
  [1_234_567, "1,234,567 students"],
])("%d is counted as %s", (n, text) => {
  expect(counted(n, "student")).toBe(text);
});
