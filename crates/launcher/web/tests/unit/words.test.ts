// Numbers by language, and texts that are replaced.
import { describe, expect, test } from "vitest";

import { formatIn } from "../../src/words/format";
import { freshness } from "../../src/words/freshness";
import { notificationText } from "../../src/words/notification";
import { progressText, quarter } from "../../src/words/progress";
import { duration, roughly } from "../../src/words/time";
import { wordsOf } from "../../src/words/words";
import { ended, run, status, summary } from "./samples";

describe("a number", () => {
  test.each([
    [0, "0 students"],
    [1, "1 student"],
    [999, "999 students"],
    [1_000, "1,000 students"],
    [1_234_567, "1,234,567 students"],
  ])("%d is counted as %s", (n, text) => {
    expect(formatIn().counted(n, "student")).toBe(text);
  });

  test.each([
    ["en-GB", "1,000", "64%"],
    ["de", "1.000", "64\u00a0%"],
    ["fr", "1\u202f000", "64\u00a0%"],
    ["no language", "1,000", "64%"],
    ["", "1,000", "64%"],
  ])("is written as in the language %j", (lang, thousand, percent) => {
    const format = formatIn(lang);
    expect([format.number(1_000), format.percent(64)]).toEqual([thousand, percent]);
  });
});

describe("a dashboard's own texts", () => {
  const german = wordsOf(
    {
      ages: { hours: (n, format) => `${format.number(n)} Stunden` },
      durations: { seconds: (n) => `${n} Sek.` },
      lastRefreshedHere: (age) => `Zuletzt vor ${age} aktualisiert`,
      phases: { fetching: "Daten werden geholt" },
      skipReasons: { missing_email: "keine E-Mail-Adresse" },
      skipped: (reason, n, format) => `${format.number(n)} übersprungen: ${reason}`,
      tables: { vespa_scores: "Werte" },
      warnings: { truncated: (n, format) => `${format.number(n)} Texte gekürzt`, clock_skew: "Uhr prüfen" },
      problems: { unreachable: "Nicht erreichbar" },
    },
    "de",
  );

  test("replace ages, durations, phases, skip reasons, tables and warnings", () => {
    expect(roughly(27 * 3_600_000, german)).toBe("27 Stunden");
    expect(duration(2, german)).toBe("2 Sek.");
    const lastRefreshAt = "2026-11-25T00:00:00Z";
    expect(freshness(status({ lastRefreshAt }), 0, german)).toBe("Zuletzt vor 12 Stunden aktualisiert");
    const fetching = run({ progress: { phase: "fetching", done: 1, total: 2 } });
    expect(progressText(fetching, false, german).phase).toBe("Daten werden geholt");
    const { lines } = notificationText(
      {
        kind: "ended",
        figures: "shown",
        wasEarlier: false,
        run: ended("succeeded", {
          summary: summary({
            changes: { ...summary().changes, vespa_scores: { inserted: 1, updated: 0, unchanged: 0 } },
            skipped: [{ reason: "missing_email", count: 1_000, record_ids: [] }],
            warnings: [
              { code: "truncated", message: "Texts were cut.", count: 1_234, record_ids: [] },
              { code: "clock_skew", message: "The clock is off.", count: 1, record_ids: [] },
            ],
          }),
        }),
      },
      german,
    );
    expect(lines.slice(1)).toEqual([
      "Werte: 1 new",
      "1.234 Texte gekürzt",
      "Uhr prüfen",
      "1.000 übersprungen: keine E-Mail-Adresse",
    ]);
  });

  test("leave the others as they are", () => {
    expect(german.messages.phases.writing).toBe("Saving changes");
    expect(german.messages.refresh).toBe("Refresh Data");
    expect(wordsOf({ refresh: undefined as unknown as string }).messages.refresh).toBe("Refresh Data");
  });
});

test.each([
  [null, null],
  [0, null],
  [16, null],
  [25, "25%"],
  [74, "50%"],
  [100, "100%"],
])("of a progress of %j, %j is read out", (percent, text) => {
  expect(quarter(percent, wordsOf())).toBe(text);
});

test("a phase of a newer launcher has a text", () => {
  const newer = run({ progress: { phase: "tidying" as "writing", done: null, total: null } });
  expect(progressText(newer, false, wordsOf()).phase).toBe("Refreshing…");
});
