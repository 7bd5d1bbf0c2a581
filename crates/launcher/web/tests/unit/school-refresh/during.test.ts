import { flushPromises } from "@vue/test-utils";
import { describe, expect, test, vi } from "vitest";

import { RefreshError } from "../../../src";
import { problem, run, SCHOOL, status } from "../samples";
import { client, show, button, dialog, inDialog, press } from "./shown";

describe("a refresh", () => {
  test("begins at once with the first click, and the second sends nothing", async () => {
    await show();
    button()!.click();
    button()!.click();
    await flushPromises();
    expect(client.starts).toEqual([SCHOOL]);
    expect(button()!.textContent).toContain("Starting…");
    expect(dialog().open).toBe(true);
  });

  test("shows its real phase, records of total, elapsed and usual time", async () => {
    client.answer = () => status({ usualDurationSeconds: 1.8 });
    await show();
    await press(button());
    await client.accept();
    await client.tell(run({ elapsedSeconds: 12, progress: { phase: "fetching", done: 300, total: 465 } }));
    const text = dialog().textContent!;
    expect(text).toContain("Refreshing Alder Park School");
    expect(text).toContain("Fetching from Knack");
    expect(text).toContain("Students 300 of 465");
    expect(text).toContain("Elapsed 0:12, usually 2\u00a0s");
    expect(dialog().querySelector("progress")).toMatchObject({ value: 64, max: 100 });
    expect(button()!.textContent).toContain("Refreshing… 64 %");
    expect(button()!.querySelector("[aria-hidden]:not(svg)")!.textContent).toBe("64 %");
  });

  test("has a bar without a value while it is not known how far it is", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.tell(run({ progress: { phase: "comparing", done: null, total: null } }));
    expect(dialog().querySelector("progress")!.hasAttribute("value")).toBe(false);
  });

  test("goes on when its dialog is closed, and the button opens it again", async () => {
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

  test("that somebody else had started says so", async () => {
    await show();
    await press(button());
    await client.accept(true);
    expect(dialog().textContent).toContain("already running");
  });

  test("that goes on when the page is opened is followed without a word in the way", async () => {
    client.answer = () => status({ activeRun: run() });
    await show();
    expect(client.starts).toEqual([]);
    expect(dialog().open).toBe(false);
    expect(button()!.textContent).toContain("Refreshing…");
  });

  test("whose connection is lost says that it goes on", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.connection("reconnecting");
    expect(dialog().textContent).toContain("Connection lost, the refresh is still running");
    await client.connection("live");
    expect(dialog().textContent).not.toContain("Connection lost");
  });

  test("is stopped at once when little is done, and after a second thought when much is", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.tell(run({ progress: { phase: "fetching", done: 300, total: 465 } }));
    await press(inDialog("Cancel refresh"));
    expect(client.cancelled).toEqual([]);
    await press(inDialog("No, go on"));
    await client.tell(run({ progress: { phase: "fetching", done: 100, total: 465 } }));
    await press(inDialog("Cancel refresh"));
    expect(client.cancelled).toEqual([run().runId]);
    expect(dialog().textContent).toContain("Cancelling…");
  });

  test("is stopped once, however often that is asked for", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.tell(run({ progress: { phase: "writing", done: 300, total: 465 } }));
    await press(inDialog("Cancel refresh"));
    await press(inDialog("Yes, cancel"));
    await press(inDialog("Cancel refresh"));
    expect(dialog().textContent).not.toContain("More than half is done");
    expect(client.cancelled).toHaveLength(1);
  });

  test("that cannot be stopped says so, and can be asked to again", async () => {
    client.cancel = () => Promise.reject(new RefreshError(problem({ code: "unreachable" })));
    await show();
    await press(button());
    await client.accept();
    await press(inDialog("Cancel refresh"));
    expect(dialog().textContent).toContain("It could not be cancelled, and goes on.");
    expect(inDialog("Cancel refresh")!.getAttribute("aria-disabled")).toBe("false");
  });

  test("of a school whose name looks like HTML shows it as it is", async () => {
    const establishmentName = "<img src=x onerror=alert(1)> & Sons";
    await show();
    await press(button());
    await client.accept();
    await client.tell(run({ establishmentName }));
    expect(dialog().querySelector("h2")!.textContent).toBe(`Refreshing ${establishmentName}`);
    expect(dialog().querySelector("img")).toBeNull();
  });

  test("is read out by phase and quarter, and not more often than every five seconds", async () => {
    await show();
    await press(button());
    await client.accept();
    const said = () => dialog().querySelector("[role=status]")!.textContent;
    await vi.advanceTimersByTimeAsync(10_000);
    await client.tell(run({ progress: { phase: "fetching", done: 120, total: 465 } }));
    await vi.advanceTimersByTimeAsync(0);
    expect(said()).toBe("Fetching from Knack. 25 %");
    await client.tell(run({ progress: { phase: "fetching", done: 240, total: 465 } }));
    await client.tell(run({ progress: { phase: "writing", done: null, total: null } }));
    await vi.advanceTimersByTimeAsync(4_900);
    expect(said()).toBe("Fetching from Knack. 25 %");
    await vi.advanceTimersByTimeAsync(100);
    expect(said()).toBe("Saving what changed");
  });
});
