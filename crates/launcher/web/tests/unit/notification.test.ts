import { describe, expect, test } from "vitest";

import { messages, RefreshError, type Figures, type Run, type Summary } from "../../src";
import { stillRunning } from "../../src/client/error";
import { notificationText } from "../../src/words/notification";
import { wordsOf } from "../../src/words/words";
import { ended, problem, run, summary } from "./samples";

const unchanged = { inserted: 0, updated: 0, unchanged: 465 };

const WORDS = wordsOf();

const endedWith = (run: Run, figures: Figures = "shown", wasEarlier = false) =>
  notificationText({ kind: "ended", run, figures, wasEarlier }, WORDS);
const success = (change: Parameters<typeof ended>[1]) => endedWith(ended("succeeded", change));

function changed(changes: Partial<Summary["changes"]>, more: Partial<Summary> = {}) {
  const all = { students: unchanged, vespa_scores: unchanged, comments: unchanged, ...changes };
  return success({ summary: summary({ changes: all, ...more }) });
}

describe("a success", () => {
  test("says how many students are new or changed, and how long it took", () => {
    expect(success({})).toMatchObject({
      tone: "success",
      title: "Data refreshed",
      lines: ["Updated 15 of 465 students in 2\u00a0s: 3 new, 12 changed"],
      isPersistent: false,
    });
  });

  test("that changed every student does not count them twice", () => {
    const students = { inserted: 1_000, updated: 0, unchanged: 0 };
    expect(changed({ students }, { students_synced: 1_000 }).lines).toEqual([
      "Updated 1,000 students in 2\u00a0s: 1,000 new",
    ]);
  });

  test("that changed nothing says so", () => {
    expect(changed({})).toMatchObject({
      title: "Already up to date",
      lines: ["Checked 465 students in 2\u00a0s"],
    });
  });

  test("that changed only scores says so, and how many", () => {
    expect(changed({ vespa_scores: { inserted: 3, updated: 2, unchanged: 0 } })).toMatchObject({
      title: "Data refreshed",
      lines: [
        "Checked 465 students in 2\u00a0s; only scores, comments or answers had changed",
        "Scores: 3 new, 2 changed",
      ],
    });
  });

  test("lists warnings, skipped records, leftovers and an uncleared cache, each with its count, and is amber", () => {
    const text = success({
      cache: { cleared: false, keysDeleted: 0 },
      summary: summary({
        only_in_supabase: { students: 1, vespa_scores: 3, comments: 0, question_responses: 1_000 },
        skipped: [{ reason: "missing_email", count: 2, record_ids: [] }],
        warnings: [
          { code: "truncated", message: "Texts were too long.", count: 1, record_ids: ["a"] },
          { code: "clock_skew", message: "The clock is off.", count: 1, record_ids: [] },
        ],
      }),
    });
    expect(text).toMatchObject({
      tone: "warning",
      title: "Data refreshed. Please check:",
      isPersistent: true,
    });
    expect(text.lines.slice(1)).toEqual([
      "Texts were too long. (1 time)",
      "The clock is off.",
      "2 records skipped: no valid e-mail address",
      "Students no longer in Knack, but kept in the dashboard: 1",
      "Scores no longer in Knack, but kept in the dashboard: 3",
      "Answers no longer in Knack, but kept in the dashboard: 1,000",
      "The dashboard's cache could not be cleared, so some figures may be out of date for up to half an hour.",
    ]);
  });

  test.each([
    ["adopted_orphan", "success"],
    ["last_years_cycle", "success"],
    ["score_out_of_range", "warning"],
    ["answers_not_refreshed", "warning"],
    ["a_code_of_tomorrow", "warning"],
  ])("with the warning %s has the tone %s", (code, tone) => {
    const warnings = [{ code, message: "Something.", count: 1, record_ids: ["a"] }];
    expect(success({ summary: summary({ warnings }) })).toMatchObject({ tone, isPersistent: true });
  });

  test("does not say twice that records were skipped", () => {
    const text = success({
      summary: summary({
        skipped: [{ reason: "duplicate_email", count: 2, record_ids: [] }],
        warnings: [{ code: "duplicate_email", message: "Delete one.", count: 2, record_ids: ["a", "b"] }],
      }),
    });
    expect(text.lines.slice(1)).toEqual(["Delete one. (2 times)"]);
  });

  test("has a text for a skip reason of a newer launcher", () => {
    const skipped = [{ reason: "too_young" as "missing_email", count: 1, record_ids: [] }];
    expect(success({ summary: summary({ skipped }) }).lines[1]).toBe("1 record skipped: reason too_young");
  });

  test("with nothing found in Knack does not say that the data is up to date", () => {
    const none = { inserted: 0, updated: 0, unchanged: 0 };
    const changes = { students: none, vespa_scores: none, comments: none };
    const empty = summary({ students_synced: 0, changes });
    expect(success({ summary: empty })).toMatchObject({
      tone: "warning",
      title: "No students found in Knack",
      lines: [expect.stringContaining("no completed questionnaires")],
      isPersistent: true,
    });
    const skipped = [{ reason: "missing_email" as const, count: 2, record_ids: [] }];
    expect(success({ summary: { ...empty, skipped } }).lines[0]).toContain("None of the school's records");
  });

  test("that only renewed answers says so", () => {
    const question_responses = { inserted: 32, updated: 0, unchanged: 0 };
    expect(changed({ question_responses })).toMatchObject({
      title: "Data refreshed",
      lines: [
        "Checked 465 students in 2\u00a0s; only scores, comments or answers had changed",
        "Answers: 32 new",
      ],
    });
  });

  test("whose figures the dashboard does not show says so, and stays", () => {
    for (const [figures, line] of [
      ["late", messages.figuresLate],
      ["failed", messages.figuresFailed],
    ] as const) {
      const text = endedWith(ended("succeeded"), figures);
      expect(text).toMatchObject({ title: "Data refreshed", isPersistent: true });
      expect(text.lines[1]).toBe(line);
    }
    expect(endedWith(ended("succeeded"), "failed").tone).toBe("warning");
  });

  test("that had ended before says that no other was started", () => {
    expect(endedWith(ended("succeeded"), "shown", true)).toMatchObject({
      tone: "success",
      lines: [messages.earlier, expect.stringContaining("Updated 15 of 465 students")],
    });
  });
});

test("a partial success is a warning that lists its problems", () => {
  const warnings = [{ code: "row_refused", message: "Rows were refused.", count: 3, record_ids: ["a"] }];
  const partial = ended("partial", { summary: summary({ partial: true, warnings }) });
  expect(endedWith(partial)).toMatchObject({
    tone: "warning",
    title: "Data refreshed with 3 problems",
    lines: [
      "Some data could not be saved; the rest was saved in 2\u00a0s. Tell your administrator, and quote the reference below.",
      "Students: 3 new, 12 changed, 450 already up to date",
      "Rows were refused. (3 times)",
    ],
    reference: `Reference: partial · run ${run().runId}`,
    isPersistent: true,
  });
});

test.each([
  ["a refused row and deleted students", ["row_refused", "student_deleted"], [], true, 4],
  ["a refused row and skipped records", ["row_refused"], ["missing_email", "no_student"], true, 8],
  [
    "a skipped record that a warning explains",
    ["row_refused", "duplicate_email"],
    ["duplicate_email"],
    true,
    4,
  ],
  ["a warning about which nothing needs to be done", ["row_refused", "kept_newer"], [], true, 2],
  ["a cache that could not be cleared", ["row_refused"], [], false, 3],
  ["nothing but the launcher's word", [], [], true, 1],
] as const)(
  "a partial success with %s counts each of its problems",
  (_, warnings, skipped, cleared, problems) => {
    const partial = ended("partial", {
      cache: { cleared, keysDeleted: 0 },
      summary: summary({
        partial: true,
        warnings: warnings.map((code) => ({ code, message: code, count: 2, record_ids: ["a"] })),
        skipped: skipped.map((reason) => ({ reason, count: 3, record_ids: [] })),
      }),
    });
    expect(endedWith(partial).title).toBe(
      problems === 1 ? "Data refreshed with 1 problem" : `Data refreshed with ${problems} problems`,
    );
  },
);

test("a cache that could not be cleared needs attention", () => {
  const text = success({ cache: { cleared: false, keysDeleted: 0 } });
  expect(text).toMatchObject({ tone: "warning", title: "Data refreshed. Please check:" });
});

describe("a failure", () => {
  test("shows the launcher's sentence, with the problem code and the run", () => {
    const text = endedWith(ended("failed"));
    expect(text).toMatchObject({
      tone: "error",
      title: "Refresh failed",
      lines: [problem().message],
      isRetryable: true,
      isPersistent: true,
      reference: `Reference: knack_unavailable · run ${run().runId}`,
    });
  });

  test("that is not retryable does not offer to try again", () => {
    const failed = ended("failed", { problem: problem({ code: "knack_refused", retryable: false }) });
    expect(endedWith(failed).isRetryable).toBe(false);
  });

  test("shows the dashboard's own sentence if there is one", () => {
    const outcome = { kind: "ended", run: ended("failed"), figures: "shown", wasEarlier: false } as const;
    const text = notificationText(outcome, wordsOf({ problems: { knack_unavailable: "Knack schläft." } }));
    expect(text.lines).toEqual(["Knack schläft."]);
  });

  test.each([
    ["unreachable", [messages.startUnknown]],
    ["unreadable", [messages.startUnknown]],
    ["busy", []],
  ])("to start with the code %s says whether that leaves the start unknown", (code, more) => {
    const text = notificationText({ kind: "refused", error: new RefreshError(problem({ code })) }, WORDS);
    expect(text).toMatchObject({ title: "Refresh failed", lines: [problem().message, ...more] });
  });

  test("to follow a run claims nothing about how it ended", () => {
    const error = new RefreshError(problem({ code: "unknown_run" }));
    expect(notificationText({ kind: "lost", error }, WORDS)).toMatchObject({
      title: "Lost track of the refresh",
      lines: [messages.lostAdvice],
      isRetryable: false,
    });
  });
});

test("a run that takes too long is not an error, and not a success", () => {
  expect(notificationText({ kind: "lost", error: stillRunning() }, WORDS)).toMatchObject({
    tone: "info",
    title: "Still refreshing",
    lines: [expect.stringContaining("more than five minutes")],
    isPersistent: true,
  });
});

describe("not an error is", () => {
  test("a refresh that someone cancelled", () => {
    const cancelled = ended("cancelled", { problem: problem({ code: "cancelled" }) });
    expect(endedWith(cancelled)).toMatchObject({
      tone: "info",
      title: "Refresh cancelled",
      reference: null,
    });
  });

  test("a start during the cooldown", () => {
    const error = new RefreshError(problem({ code: "cooling_down" }));
    expect(notificationText({ kind: "refused", error }, WORDS)).toMatchObject({
      tone: "info",
      title: "Please wait before refreshing again",
      isRetryable: false,
    });
  });
});
