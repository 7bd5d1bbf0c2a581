import { describe, expect, test } from "vitest";

import { messages, RefreshError, type Summary } from "../../src";
import { notificationText } from "../../src/words/notification";
import { ended, problem, run, summary } from "./samples";

const unchanged = { inserted: 0, updated: 0, unchanged: 465 };

const success = (change: Parameters<typeof ended>[1]) =>
  notificationText({ kind: "ended", run: ended("succeeded", change) }, messages);

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
        "Checked 465 students in 2\u00a0s; only scores or comments had changed",
        "Scores: 3 new, 2 changed",
      ],
    });
  });

  test("lists warnings, skipped records, leftovers and an uncleared cache, and stays until dismissed", () => {
    const text = success({
      cache: { cleared: false, keysDeleted: 0 },
      summary: summary({
        only_in_supabase: { students: 1, vespa_scores: 3, comments: 0 },
        skipped: [{ reason: "missing_email", count: 2 }],
        warnings: [{ code: "truncated", message: "A text was too long.", count: 1 }],
      }),
    });
    expect(text).toMatchObject({ tone: "success", isPersistent: true });
    expect(text.lines.slice(1)).toEqual([
      "A text was too long.",
      "2 records skipped: no valid e-mail address",
      "1 student is no longer in Knack, but stays in the dashboard",
      "3 scores are no longer in Knack, but stay in the dashboard",
      "The dashboard's cache could not be cleared, so some figures may be out of date for up to half an hour.",
    ]);
  });
});

test("a partial success is a warning that lists its problems", () => {
  const warnings = [{ code: "row_refused", message: "The database refused 3 rows.", count: 3 }];
  const partial = ended("partial", { summary: summary({ partial: true, warnings }) });
  expect(notificationText({ kind: "ended", run: partial }, messages)).toMatchObject({
    tone: "warning",
    title: "Data refreshed with 3 problems",
    lines: [
      "Some data could not be saved; the rest was saved in 2\u00a0s. Tell your administrator, and quote the reference below.",
      "Students: 3 new, 12 changed, 450 already up to date",
      "The database refused 3 rows.",
    ],
    reference: `Reference: partial · run ${run().runId}`,
    isPersistent: true,
  });
});

describe("a failure", () => {
  test("shows the launcher's sentence, with the problem code and the run", () => {
    const text = notificationText({ kind: "ended", run: ended("failed") }, messages);
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
    expect(notificationText({ kind: "ended", run: failed }, messages).isRetryable).toBe(false);
  });

  test("shows the dashboard's own sentence if there is one", () => {
    const overridden = { ...messages, problems: { knack_unavailable: "Knack schläft." } };
    const text = notificationText({ kind: "ended", run: ended("failed") }, overridden);
    expect(text.lines).toEqual(["Knack schläft."]);
  });

  test.each([
    ["unreachable", [messages.startUnknown]],
    ["unreadable", [messages.startUnknown]],
    ["busy", []],
  ])("to start with the code %s says whether that leaves the start unknown", (code, more) => {
    const text = notificationText({ kind: "refused", error: new RefreshError(problem({ code })) }, messages);
    expect(text).toMatchObject({ title: "Refresh failed", lines: [problem().message, ...more] });
  });

  test("to follow a run claims nothing about how it ended", () => {
    const error = new RefreshError(problem({ code: "unknown_run" }));
    expect(notificationText({ kind: "lost", error }, messages)).toMatchObject({
      title: "Lost track of the refresh",
      lines: [messages.lostAdvice],
      isRetryable: false,
    });
  });
});

describe("not an error is", () => {
  test("a refresh that someone cancelled", () => {
    const cancelled = ended("cancelled", { problem: problem({ code: "cancelled" }) });
    expect(notificationText({ kind: "ended", run: cancelled }, messages)).toMatchObject({
      tone: "info",
      title: "Refresh cancelled",
      reference: null,
    });
  });

  test("a start during the cooldown", () => {
    const error = new RefreshError(problem({ code: "cooling_down" }));
    expect(notificationText({ kind: "refused", error }, messages)).toMatchObject({
      tone: "info",
      title: "Please wait before refreshing again",
      isRetryable: false,
    });
  });
});
