import { flushPromises } from "@vue/test-utils";
import { describe, expect, test, vi } from "vitest";

import { RefreshError, type Run, type SchoolStatus } from "../../../src";
import { ended, problem, run, status, summary } from "../samples";
import {
  wrapper,
  client,
  refreshed as onRefreshed,
  show,
  button,
  dialog,
  tray,
  inDialog,
  inTray,
  press,
} from "./mounted";

describe("after a refresh", () => {
  async function refreshed(run: Run) {
    await show();
    await press(button());
    await client.accept();
    await client.report(run);
    // The dialog shows for a second that the refresh has succeeded.
    if (run.summary?.success) await vi.advanceTimersByTimeAsync(1_000);
  }

  test("the dashboard gets the summary once, and the user sees how much changed", async () => {
    await refreshed(ended("succeeded"));
    expect(onRefreshed).toHaveBeenCalledExactlyOnceWith(ended("succeeded").summary, expect.any(Function));
    expect(dialog().open).toBe(false);
    const status = tray().querySelector("[role=status]")!;
    expect(status.textContent).toContain("Data refreshed");
    expect(status.textContent).toContain("Updated 15 of 465 students in 2\u00a0s: 3 new, 12 changed");
  });

  test("good news disappears after six seconds, but not under the pointer", async () => {
    await refreshed(ended("succeeded"));
    tray().querySelector(".vsr-card")!.dispatchEvent(new Event("mouseenter"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tray().textContent).toContain("Updated");
    tray().querySelector(".vsr-card")!.dispatchEvent(new Event("mouseleave"));
    await vi.advanceTimersByTimeAsync(5_900);
    expect(tray().textContent).toContain("Updated");
    await vi.advanceTimersByTimeAsync(200);
    expect(tray().textContent).toBe("");
  });

  test("good news waits while the user is in another tab", async () => {
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    await refreshed(ended("succeeded"));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(tray().textContent).toContain("Updated");
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(5_900);
    expect(tray().textContent).toContain("Updated");
    await vi.advanceTimersByTimeAsync(200);
    expect(tray().textContent).toBe("");
  });

  test("good news stays under the pointer even if the status is read meanwhile", async () => {
    await refreshed(ended("succeeded"));
    tray().querySelector(".vsr-card")!.dispatchEvent(new Event("mouseenter"));
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tray().textContent).toContain("Updated");
  });

  test("the dialog shows for a second that the refresh has succeeded, and the notification comes after it", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.report(ended("succeeded"));
    expect(dialog().open).toBe(true);
    expect(dialog().textContent).toContain("Data refreshed successfully!");
    expect(dialog().textContent).toContain("Status: Complete");
    expect(tray().textContent).toBe("");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(dialog().open).toBe(false);
    expect(tray().textContent).toContain("Data refreshed");
  });

  test("a refresh in the background is announced at once", async () => {
    await show();
    await press(button());
    await client.accept();
    await press(inDialog("Run in background"));
    await client.report(ended("succeeded"));
    expect(dialog().open).toBe(false);
    expect(tray().textContent).toContain("Data refreshed");
  });

  test("success is announced when the dashboard has its new figures", async () => {
    let shown = () => {};
    onRefreshed.mockImplementation(() => new Promise<void>((resolve) => (shown = resolve)));
    await refreshed(ended("succeeded"));
    expect(dialog().textContent).toContain("Loading the new figures");
    expect(button()!.textContent).toContain("Refreshing…");
    expect(tray().textContent).toBe("");
    shown();
    await flushPromises();
    expect(dialog().textContent).toContain("Data refreshed successfully!");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tray().textContent).toContain("Updated 15 of 465 students");
    expect(tray().textContent).not.toContain("figures");
  });

  test("a promise that is passed on delays the announcement as well", async () => {
    let shown = () => {};
    onRefreshed.mockImplementation((_, waitUntil) => {
      waitUntil(new Promise<void>((resolve) => (shown = resolve)));
    });
    await refreshed(ended("succeeded"));
    expect(tray().textContent).toBe("");
    shown();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tray().textContent).toContain("Updated 15 of 465 students");
  });

  test("after ten seconds without new figures, the announcement says so", async () => {
    onRefreshed.mockImplementation(() => new Promise(() => {}));
    await refreshed(ended("succeeded"));
    await vi.advanceTimersByTimeAsync(8_900);
    expect(tray().textContent).toBe("");
    await vi.advanceTimersByTimeAsync(1_100);
    expect(tray().textContent).toContain("still loading the new figures");
  });

  test.each([
    ["rejects", () => Promise.reject(new Error("no figures"))],
    [
      "throws",
      () => {
        throw new Error("no figures");
      },
    ],
  ])("a dashboard that %s is told on the console, and the user about the figures", async (_, handler) => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    onRefreshed.mockImplementation(handler);
    await refreshed(ended("succeeded"));
    expect(tray().textContent).toContain("could not load the new figures");
    expect(error).toHaveBeenCalledWith(expect.stringContaining("[vespa-refresh]"), new Error("no figures"));
  });

  test("more than three lines are folded", async () => {
    const skipped = (["missing_email", "other_school", "outside_year", "unreadable_date"] as const).map(
      (reason) => ({ reason, count: 2, record_ids: [] }),
    );
    await refreshed(ended("succeeded", { summary: summary({ skipped }) }));
    const lines = [...tray().querySelectorAll(".vsr-text > ul > li")];
    expect(lines).toHaveLength(3);
    expect(tray().querySelector("details")!.open).toBe(false);
    expect(tray().querySelector("summary")!.textContent).toBe("2 more notes");
    expect(tray().querySelectorAll("details li")).toHaveLength(2);
  });

  test("a failure is an alert that stays, has a reference, and offers to try again", async () => {
    await refreshed(ended("failed"));
    await vi.advanceTimersByTimeAsync(600_000);
    const alert = tray().querySelector("[role=alert]")!;
    expect(alert.textContent).toContain("Knack does not respond. Nothing was changed.");
    expect(alert.textContent).toContain(`knack_unavailable · run ${run().runId}`);
    expect(wrapper!.emitted("failed")).toHaveLength(1);
    await press(inTray("Try again"));
    expect(client.starts).toHaveLength(2);
  });

  test("trying again is possible after the cooldown", async () => {
    client.answer = () => status({ cooldownSeconds: 30 });
    await show();
    client.answer = () => status();
    await vi.advanceTimersByTimeAsync(30_000);
    await press(button());
    await client.accept();
    client.answer = () => status({ cooldownSeconds: 30 });
    await client.report(ended("failed"));
    await press(inTray("Try again in 30\u00a0s"));
    expect(client.starts).toHaveLength(1);
    // Without this, a change of the countdown would read out the whole alert.
    expect(inTray("Try again in 30\u00a0s")!.closest("[aria-live]")!.getAttribute("aria-live")).toBe("off");
  });

  test("a failure that is not retryable can only be dismissed", async () => {
    await refreshed(ended("failed", { problem: problem({ code: "knack_refused", retryable: false }) }));
    expect(inTray("Try again")).toBeUndefined();
    inTray("Dismiss")!.focus();
    await press(inTray("Dismiss"));
    expect(tray().textContent).toBe("");
    expect(document.activeElement).toBe(button());
  });

  test("during the cooldown the button counts down, describes why, and is then available by itself", async () => {
    await show();
    await press(button());
    await client.accept();
    client.answer = () => status({ cooldownSeconds: 222 });
    await client.report(ended("succeeded"));
    expect(button()!.getAttribute("aria-disabled")).toBe("true");
    expect(button()!.disabled).toBe(false);
    const reason = () => document.getElementById(button()!.getAttribute("aria-describedby") ?? "");
    const shown = () => document.querySelector(".vsr-room > [aria-hidden]")!.textContent;
    // The description changes by the minute, so that it is not read out every second.
    expect([shown(), reason()!.textContent]).toEqual([
      "Available in 3\u00a0min 42\u00a0s",
      "Available in 3 minutes",
    ]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([shown(), reason()!.textContent]).toEqual([
      "Available in 3\u00a0min 40\u00a0s",
      "Available in 3 minutes",
    ]);
    await press(button());
    expect(client.starts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(220_000);
    expect(button()!.getAttribute("aria-disabled")).toBe("false");
    await press(button());
    expect(client.starts).toHaveLength(2);
  });

  test("a run whose state can no longer be read is reported without claiming how it ended", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.lose(new RefreshError(problem({ code: "unknown_run", retryable: false })));
    expect(tray().textContent).toContain("Lost track of the refresh");
  });

  test("a lost run is followed again if the school's status still lists it", async () => {
    await show();
    await press(button());
    await client.accept();
    client.answer = () => status({ activeRun: run() });
    await client.lose(new RefreshError(problem({ code: "not_found", retryable: false })));
    expect(tray().textContent).toBe("");
    expect(button()!.textContent).toContain("Refreshing…");
  });

  test("a late status does not end the cooldown that a later one reported", async () => {
    await show();
    let late = (_: SchoolStatus) => {};
    client.answer = () => new Promise((resolve) => (late = resolve));
    document.dispatchEvent(new Event("visibilitychange"));
    await press(button());
    await client.accept();
    client.answer = () => status({ cooldownSeconds: 300 });
    await client.report(ended("succeeded"));
    late(status());
    await flushPromises();
    expect(button()!.getAttribute("aria-disabled")).toBe("true");
  });
});
