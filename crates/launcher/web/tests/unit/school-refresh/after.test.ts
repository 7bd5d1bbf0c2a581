import { flushPromises } from "@vue/test-utils";
import { describe, expect, test, vi } from "vitest";

import { RefreshError, type Run, type SchoolStatus } from "../../../src";
import { ended, problem, run, status } from "../samples";
import { wrapper, client, show, button, dialog, tray, inTray, press } from "./shown";

describe("after a refresh", () => {
  async function refreshed(how: Run) {
    await show();
    await press(button());
    await client.accept();
    await client.tell(how);
  }

  test("the dashboard hears the summary once, and the person how much changed", async () => {
    await refreshed(ended("succeeded"));
    expect(wrapper!.emitted("data-refreshed")).toEqual([[ended("succeeded").summary]]);
    expect(dialog().open).toBe(false);
    const told = tray().querySelector("[role=status]")!;
    expect(told.textContent).toContain(
      "Updated 465 students: 3 new, 12 changed, 450 already up to date, in 2\u00a0s",
    );
  });

  test("good news leaves after six seconds, but not from under the pointer", async () => {
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

  test("good news waits for who is in another tab", async () => {
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

  test("good news stays under the pointer, also when the status is read meanwhile", async () => {
    await refreshed(ended("succeeded"));
    tray().querySelector(".vsr-card")!.dispatchEvent(new Event("mouseenter"));
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tray().textContent).toContain("Updated");
  });

  test("a failure is an alert that stays, with what to quote, and can be tried again", async () => {
    await refreshed(ended("failed"));
    await vi.advanceTimersByTimeAsync(600_000);
    const alert = tray().querySelector("[role=alert]")!;
    expect(alert.textContent).toContain("Knack does not answer. Nothing was changed.");
    expect(alert.textContent).toContain(`knack_unavailable · run ${run().runId}`);
    expect(wrapper!.emitted("failed")).toHaveLength(1);
    await press(inTray("Try again"));
    expect(client.starts).toHaveLength(2);
  });

  test("trying again waits until the school has rested", async () => {
    client.answer = () => status({ cooldownSeconds: 30 });
    await show();
    client.answer = () => status();
    await vi.advanceTimersByTimeAsync(30_000);
    await press(button());
    await client.accept();
    client.answer = () => status({ cooldownSeconds: 30 });
    await client.tell(ended("failed"));
    await press(inTray("Try again in 0:30"));
    expect(client.starts).toHaveLength(1);
    // An alert is read out as a whole when anything in it changes, unless that is told apart.
    expect(inTray("Try again in 0:30")!.closest("[aria-live]")!.getAttribute("aria-live")).toBe("off");
  });

  test("a failure that trying again does not mend offers only to be dismissed", async () => {
    await refreshed(ended("failed", { problem: problem({ code: "knack_refused", retryable: false }) }));
    expect(inTray("Try again")).toBeUndefined();
    inTray("Dismiss")!.focus();
    await press(inTray("Dismiss"));
    expect(tray().textContent).toBe("");
    expect(document.activeElement).toBe(button());
  });

  test("the button rests with a countdown, says why, and wakes by itself", async () => {
    await show();
    await press(button());
    await client.accept();
    client.answer = () => status({ cooldownSeconds: 222 });
    await client.tell(ended("succeeded"));
    expect(button()!.getAttribute("aria-disabled")).toBe("true");
    expect(button()!.disabled).toBe(false);
    const reason = () => document.getElementById(button()!.getAttribute("aria-describedby") ?? "");
    const seen = () => document.querySelector(".vsr-box > .vsr-quiet > [aria-hidden]")!.textContent;
    // Read out by the minute, so that who stands on the button is not told every second.
    expect([seen(), reason()!.textContent]).toEqual(["Next refresh in 3:42", "Next refresh in 3 minutes"]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([seen(), reason()!.textContent]).toEqual(["Next refresh in 3:40", "Next refresh in 3 minutes"]);
    await press(button());
    expect(client.starts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(220_000);
    expect(button()!.getAttribute("aria-disabled")).toBe("false");
    await press(button());
    expect(client.starts).toHaveLength(2);
  });

  test("a run that can no longer be asked for is told without claiming how it ended", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.lose(new RefreshError(problem({ code: "unknown_run", retryable: false })));
    expect(tray().textContent).toContain("can no longer be followed");
  });

  test("a run that was lost is followed again where the school's status still knows it", async () => {
    await show();
    await press(button());
    await client.accept();
    client.answer = () => status({ activeRun: run() });
    await client.lose(new RefreshError(problem({ code: "not_found", retryable: false })));
    expect(tray().textContent).toBe("");
    expect(button()!.textContent).toContain("Refreshing…");
  });

  test("a status that was asked for before, and comes late, does not wake the button", async () => {
    await show();
    let late = (_: SchoolStatus) => {};
    client.answer = () => new Promise((resolve) => (late = resolve));
    document.dispatchEvent(new Event("visibilitychange"));
    await press(button());
    await client.accept();
    client.answer = () => status({ cooldownSeconds: 300 });
    await client.tell(ended("succeeded"));
    late(status());
    await flushPromises();
    expect(button()!.getAttribute("aria-disabled")).toBe("true");
  });
});
