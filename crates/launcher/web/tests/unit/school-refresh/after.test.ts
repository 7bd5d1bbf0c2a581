import { flushPromises } from "@vue/test-utils";
import { describe, expect, test, vi } from "vitest";

import { RefreshError, type Run, type SchoolStatus } from "../../../src";
import { ended, problem, run, status } from "../samples";
import { wrapper, client, show, button, dialog, tray, inTray, press } from "./mounted";

describe("after a refresh", () => {
  async function refreshed(run: Run) {
    await show();
    await press(button());
    await client.accept();
    await client.report(run);
  }

  test("the dashboard gets the summary once, and the user sees how much changed", async () => {
    await refreshed(ended("succeeded"));
    expect(wrapper!.emitted("data-refreshed")).toEqual([[ended("succeeded").summary]]);
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
    await press(inTray("Try again in 0:30"));
    expect(client.starts).toHaveLength(1);
    // Without this, a change of the countdown would read out the whole alert.
    expect(inTray("Try again in 0:30")!.closest("[aria-live]")!.getAttribute("aria-live")).toBe("off");
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
    const shown = () => document.querySelector(".vsr-box > .vsr-quiet > [aria-hidden]")!.textContent;
    // The description changes by the minute, so that it is not read out every second.
    expect([shown(), reason()!.textContent]).toEqual([
      "Available again in 3:42",
      "Available again in 3 minutes",
    ]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([shown(), reason()!.textContent]).toEqual([
      "Available again in 3:40",
      "Available again in 3 minutes",
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
