import { describe, expect, test } from "vitest";

import { messages, RefreshError } from "../../src";
import { resultOf } from "../../src/words/result";
import { ended, problem, run, summary } from "./samples";

const none = { inserted: 0, updated: 0, unchanged: 465 };
const of = (change: Parameters<typeof ended>[1]) =>
  resultOf({ kind: "ended", run: ended("succeeded", change) }, messages);

describe("a success", () => {
  test("says what is new, changed and unchanged, and how long it took", () => {
    expect(of({})).toMatchObject({
      tone: "success",
      title: "Updated 465 students: 3 new, 12 changed, 450 already up to date, in 2\u00a0s",
      lines: [],
      stays: false,
    });
  });

  test("that changed nothing says so", () => {
    const changes = { students: none, vespa_scores: none, comments: none };
    expect(of({ summary: summary({ changes }) }).title).toBe(
      "Already up to date: 465 students checked in 2\u00a0s",
    );
  });

  test("that changed scores alone says so, and which", () => {
    const changes = {
      students: none,
      vespa_scores: { inserted: 3, updated: 2, unchanged: 0 },
      comments: none,
    };
    const result = of({ summary: summary({ changes }) });
    expect(result.title).toBe(
      "Updated scores and comments; all 465 students already up to date, in 2\u00a0s",
    );
    expect(result.lines).toEqual(["Scores: 3 new, 2 changed"]);
  });

  test("tells warnings, skips, leftovers and a cache that was not cleared, and stays until it is read", () => {
    const result = of({
      cache: { cleared: false, keysDeleted: 0 },
      summary: summary({
        only_in_supabase: { students: 1, vespa_scores: 3, comments: 0 },
        skipped: [{ reason: "missing_email", count: 2 }],
        warnings: [{ code: "truncated", message: "A text was too long.", count: 1 }],
      }),
    });
    expect(result).toMatchObject({ tone: "success", stays: true });
    expect(result.lines).toEqual([
      "A text was too long.",
      "2 records skipped: no e-mail address",
      "1 student is no longer in Knack; left as it is",
      "3 score rows are no longer in Knack; left as they are",
      "Some figures may lag for up to half an hour",
    ]);
  });
});

test("a partial success is a warning that names its problems", () => {
  const warnings = [{ code: "row_refused", message: "The database refused 3 rows.", count: 3 }];
  const partial = ended("partial", { summary: summary({ partial: true, warnings }) });
  expect(resultOf({ kind: "ended", run: partial }, messages)).toMatchObject({
    tone: "warning",
    title: "Updated with 3 problems, in 2\u00a0s",
    lines: ["Students: 3 new, 12 changed, 450 already up to date", "The database refused 3 rows."],
    toQuote: `partial · run ${run().runId}`,
    stays: true,
  });
});

describe("a failure", () => {
  test("says what the launcher says, with its code and run", () => {
    const result = resultOf({ kind: "ended", run: ended("failed") }, messages);
    expect(result).toMatchObject({
      tone: "error",
      lines: [problem().message],
      retryable: true,
      stays: true,
      toQuote: `knack_unavailable · run ${run().runId}`,
    });
  });

  test("that trying again does not mend offers no trying again", () => {
    const refused = ended("failed", { problem: problem({ code: "knack_refused", retryable: false }) });
    expect(resultOf({ kind: "ended", run: refused }, messages).retryable).toBe(false);
  });

  test("has other words where the dashboard gives some", () => {
    const words = { ...messages, problems: { knack_unavailable: "Knack schläft." } };
    expect(resultOf({ kind: "ended", run: ended("failed") }, words).lines).toEqual(["Knack schläft."]);
  });

  test("of a run that is out of sight claims nothing", () => {
    const error = new RefreshError(problem({ code: "unknown_run" }));
    expect(resultOf({ kind: "lost", error }, messages)).toMatchObject({
      title: messages.lost,
      lines: [messages.lostAdvice],
      retryable: false,
    });
  });
});

test("what somebody stopped, or asked for too early, is no error", () => {
  const cancelled = ended("cancelled", { problem: problem({ code: "cancelled" }) });
  expect(resultOf({ kind: "ended", run: cancelled }, messages)).toMatchObject({
    tone: "info",
    title: "Cancelled",
    toQuote: null,
  });
  const early = new RefreshError(problem({ code: "cooling_down" }));
  expect(resultOf({ kind: "refused", error: early }, messages)).toMatchObject({
    tone: "info",
    retryable: false,
  });
});
