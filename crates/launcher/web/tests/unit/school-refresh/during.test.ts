import { flushPromises } from "@vue/test-utils";
import { describe, expect, test, vi } from "vitest";

import { RefreshError } from "../../../src";
import { problem, run, SCHOOL, status } from "../samples";
import { client, show, button, dialog, inDialog, press } from "./mounted";

describe("a refresh", () => {
  test("starts with the first click, and a second click sends nothing", async () => {
    await show();
    button()!.click();
    button()!.click();
    await flushPromises();
    expect(client.starts).toEqual([SCHOOL]);
    expect(button()!.textContent).toContain("Starting…");
    expect(dialog().open).toBe(true);
  });

  test("shows its phase, its progress, and the elapsed and usual time", async () => {
    client.answer = () => status({ usualDurationSeconds: 1.8 });
    await show();
    await press(button());
    await client.accept();
    await client.report(run({ elapsedSeconds: 12, progress: { phase: "fetching", done: 300, total: 465 } }));
    const text = dialog().textContent!;
    expect(text).toContain("Refreshing Data…Alder Park School");
    expect(text).toContain("Status: In progress");
    expect(text).toContain("Fetching from Knack");
    expect(text).toContain("300 of 465 records");
    expect(text).toContain("Elapsed: 12\u00a0s");
    expect(text).toContain("This usually takes 2\u00a0s");
    expect(dialog().querySelector("progress")).toMatchObject({ value: 45, max: 100 });
    expect(button()!.textContent).toContain("Refreshing… 45%");
    expect(button()!.querySelector("[aria-hidden]:not(svg)")!.textContent).toBe("45%");
  });

  test("has a progress bar without a value until the first phase, which never falls back from then on", async () => {
    await show();
    await press(button());
    await client.accept();
    const bar = dialog().querySelector("progress")!;
    expect(bar.hasAttribute("value")).toBe(false);
    for (const [progress, value] of [
      [{ phase: "fetching", done: 465, total: 465 }, 70],
      [{ phase: "comparing", done: null, total: null }, 70],
      [{ phase: "writing", done: 0, total: 100 }, 72],
      [{ phase: "fetching", done: 1, total: 465 }, 72],
    ] as const) {
      await client.report(run({ progress }));
      expect(bar.value).toBe(value);
    }
  });

  test("that is a school's first says what it takes, once its size is known", async () => {
    client.answer = () => status({ lastRefreshAt: null, usualDurationSeconds: null });
    await show();
    await press(button());
    await client.accept();
    expect(dialog().textContent).not.toContain("takes");
    await client.report(run({ progress: { phase: "fetching", done: 300, total: 4_000 } }));
    expect(dialog().textContent).toContain("A first refresh of this size takes about 10\u00a0s");
  });

  test("continues when its dialog is closed, and the button opens the dialog again", async () => {
    await show();
    await press(button());
    await client.accept();
    await press(inDialog("Run in background"));
    expect(dialog().open).toBe(false);
    expect(client.cancelled).toEqual([]);
    expect(button()!.textContent).toContain("Refreshing…");
    await press(button());
    expect(dialog().open).toBe(true);
    expect(client.starts).toHaveLength(1);
  });

  test("that was already running says so", async () => {
    await show();
    await press(button());
    await client.accept(true);
    expect(dialog().textContent).toContain("already running");
  });

  test("that is already running when the page opens is followed without a dialog", async () => {
    client.answer = () => status({ activeRun: run() });
    await show();
    expect(client.starts).toEqual([]);
    expect(dialog().open).toBe(false);
    expect(button()!.textContent).toContain("Refreshing…");
  });

  test("claims nothing about its progress while the connection is lost", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.connection("reconnecting");
    expect(dialog().textContent).toContain("Connection lost, so the progress is not known. Reconnecting…");
    expect(dialog().textContent).toContain("Status: Unknown");
    expect(dialog().textContent).not.toContain("running");
    await client.connection("live");
    expect(dialog().textContent).not.toContain("Connection lost");
  });

  test("is cancelled at once early on, and after a confirmation when it is well under way", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.report(run({ progress: { phase: "fetching", done: 300, total: 465 } }));
    await press(inDialog("Cancel refresh"));
    expect(client.cancelled).toEqual([]);
    await press(inDialog("No, keep going"));
    await client.report(run({ progress: { phase: "fetching", done: 100, total: 465 } }));
    await press(inDialog("Cancel refresh"));
    expect(client.cancelled).toEqual([run().runId]);
    expect(dialog().textContent).toContain("Cancelling…");
  });

  test("is cancelled once, however often the button is pressed", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.report(run({ progress: { phase: "writing", done: 300, total: 465 } }));
    await press(inDialog("Cancel refresh"));
    await press(inDialog("Yes, cancel"));
    await press(inDialog("Cancel refresh"));
    expect(dialog().textContent).not.toContain("well under way");
    expect(client.cancelled).toHaveLength(1);
  });

  test("that could not be cancelled says so, and can be cancelled again", async () => {
    client.cancel = () => Promise.reject(new RefreshError(problem({ code: "unreachable" })));
    await show();
    await press(button());
    await client.accept();
    await press(inDialog("Cancel refresh"));
    expect(dialog().textContent).toContain("Couldn't cancel. The refresh may still be running.");
    expect(inDialog("Cancel refresh")!.getAttribute("aria-disabled")).toBe("false");
  });

  test("shows a school name that looks like HTML as plain text", async () => {
    const establishmentName = "<img src=x onerror=alert(1)> & Sons";
    await show();
    await press(button());
    await client.accept();
    await client.report(run({ establishmentName }));
    expect(dialog().querySelector("h2 + p")!.textContent).toBe(establishmentName);
    expect(dialog().querySelector("img")).toBeNull();
  });

  test("is announced by phase and quarter, at most every five seconds", async () => {
    await show();
    await press(button());
    await client.accept();
    const announced = () => dialog().querySelector("[role=status]")!.textContent;
    await vi.advanceTimersByTimeAsync(10_000);
    await client.report(run({ progress: { phase: "fetching", done: 180, total: 465 } }));
    await vi.advanceTimersByTimeAsync(0);
    expect(announced()).toBe("Fetching from Knack. 25%");
    await client.report(run({ progress: { phase: "fetching", done: 240, total: 465 } }));
    await client.report(run({ progress: { phase: "writing", done: null, total: null } }));
    await vi.advanceTimersByTimeAsync(4_900);
    expect(announced()).toBe("Fetching from Knack. 25%");
    await vi.advanceTimersByTimeAsync(100);
    expect(announced()).toBe("Saving changes. 50%");
  });
});
