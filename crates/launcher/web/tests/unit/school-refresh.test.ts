// The components together, as a dashboard uses them, with a client that does what the test says.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defineComponent, h } from "vue";

import {
  LastUpdated,
  ProgressDialog,
  RefreshButton,
  RefreshError,
  RefreshNotification,
  SchoolRefresh,
  StalePrompt,
  useSchoolRefresh,
  type Follower,
  type RefreshClient,
  type Run,
  type SchoolStatus,
  type Started,
} from "../../src";
import { ended, problem, run, SCHOOL, status } from "./samples";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const HOUR = 3_600_000;

/** A client whose calls wait for the test. */
class Client implements RefreshClient {
  answer: () => SchoolStatus | Promise<SchoolStatus> = () => status();
  starts: string[] = [];
  cancelled: string[] = [];
  private started?: { resolve: (it: Started) => void; reject: (it: unknown) => void };
  private followed?: { follower: Follower; resolve: (it: Run) => void; reject: (it: unknown) => void };

  status = async () => this.answer();
  start = (id: string) => {
    this.starts.push(id);
    return new Promise<Started>((resolve, reject) => (this.started = { resolve, reject }));
  };
  follow = (_: string, follower: Follower = {}) =>
    new Promise<Run>((resolve, reject) => (this.followed = { follower, resolve, reject }));
  cancel = async (id: string) => void this.cancelled.push(id);
  refreshEstablishmentData = () => Promise.reject(new Error("not used here"));

  get follower(): Follower {
    return this.followed!.follower;
  }
  async accept(joined = false) {
    this.started!.resolve({ run: run(), joined });
    await flushPromises();
  }
  async refuse(error: RefreshError) {
    this.started!.reject(error);
    await flushPromises();
  }
  async tell(told: Run) {
    this.followed!.follower.onRun?.(told);
    await flushPromises();
  }
  async connection(state: "live" | "reconnecting") {
    this.followed!.follower.onConnection?.(state);
    await flushPromises();
  }
  async lose(error: RefreshError) {
    this.followed!.reject(error);
    await flushPromises();
  }
}

let wrapper: VueWrapper | undefined;
let client: Client;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  client = new Client();
});
afterEach(() => {
  wrapper?.unmount();
  sessionStorage.clear();
  vi.useRealTimers();
});

async function show(props: object = {}) {
  wrapper = mount(SchoolRefresh, {
    props: { client, establishmentId: SCHOOL, ...props },
    attachTo: document.body,
  });
  await flushPromises();
  return wrapper;
}

const button = () => document.querySelector<HTMLButtonElement>(".vsr-box .vsr-button");
const dialog = () => document.querySelector("dialog")!;
const tray = () => document.querySelector<HTMLElement>(".vsr-tray")!;
const inTray = (text: string) =>
  [...tray().querySelectorAll("button")].find((it) => it.textContent?.trim() === text);
const inDialog = (text: string) =>
  [...dialog().querySelectorAll("button")].find((it) => it.textContent?.trim() === text);

async function press(element: HTMLElement | null | undefined) {
  element!.click();
  await flushPromises();
}

describe("before a refresh", () => {
  test("the button stands beside how fresh the data is, with the exact time", async () => {
    const lastFullSyncAt = new Date(NOW - 18 * HOUR).toISOString();
    client.answer = () => status({ lastFullSyncAt });
    await show();
    expect(button()!.textContent).toContain("Refresh data");
    const time = document.querySelector("time")!;
    expect(time.textContent).toBe("Last updated 18 hours ago");
    expect(time.dateTime).toBe(lastFullSyncAt);
  });

  test("without a logged job for all schools, no age of the data is claimed", async () => {
    client.answer = () => status({ lastRefreshAt: new Date(NOW - 72 * HOUR).toISOString() });
    await show();
    expect(wrapper!.text()).toContain("Last refreshed here 3 days ago");
  });

  test("data that is old is offered a refresh, once", async () => {
    client.answer = () => status({ stale: true, lastFullSyncAt: new Date(NOW - 27 * HOUR).toISOString() });
    await show();
    expect(tray().textContent).toContain("Last updated 27 hours ago. Refresh now?");
    await press(inTray("Not now"));
    expect(tray().textContent).toBe("");
    wrapper!.unmount();
    await show();
    expect(tray().textContent).toBe("");
    expect(client.starts).toEqual([]);
  });

  test("the offer starts a refresh when it is taken", async () => {
    client.answer = () => status({ stale: true });
    await show();
    await press(inTray("Refresh data"));
    expect(client.starts).toEqual([SCHOOL]);
  });

  test("there is no button for who may not refresh the school, and no word of it", async () => {
    client.answer = () => {
      throw new RefreshError(problem({ code: "not_allowed", retryable: false }));
    };
    await show();
    expect(button()).toBeNull();
    const seen = [...document.querySelector(".vsr-school")!.children].filter((it) => it !== dialog());
    expect(seen).toEqual([]);
  });

  test("a hidden button leaves the words beside it", async () => {
    await show({ hideButton: true });
    expect(button()).toBeNull();
    expect(wrapper!.text()).toContain("Not refreshed here yet");
  });

  test("a status that cannot be read is said, and leaves the button", async () => {
    client.answer = () => {
      throw new RefreshError(problem({ code: "dashboard_unavailable" }));
    };
    await show();
    expect(button()).not.toBeNull();
    expect(wrapper!.text()).toContain("How fresh this is cannot be told right now");
  });
});

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
    expect(dialog().textContent).not.toContain("Cancel all the same?");
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

describe("the start", () => {
  test("that is refused because the school rests becomes the countdown", async () => {
    await show();
    await press(button());
    client.answer = () => status({ cooldownSeconds: 100 });
    await client.refuse(
      new RefreshError(problem({ code: "cooling_down", message: "Wait a little.", retryAfterSeconds: 100 })),
    );
    expect(wrapper!.text()).toContain("Next refresh in 1:40");
    expect(tray().querySelector("[role=alert]")!.textContent).toBe("");
  });

  test("whose answer was lost is found again, and not repeated", async () => {
    await show();
    await press(button());
    client.answer = () => status({ activeRun: run() });
    await client.refuse(new RefreshError(problem({ code: "unreachable" })));
    expect(client.starts).toHaveLength(1);
    expect(button()!.textContent).toContain("Refreshing…");
  });
});

describe("another school", () => {
  test("is told nothing of the one before", async () => {
    await show();
    await press(button());
    await client.accept();
    await wrapper!.setProps({ establishmentId: "5f1a20c4e7b3d9001c0a0050" });
    await flushPromises();
    expect(client.follower.signal!.aborted).toBe(true);
    expect(dialog().open).toBe(false);
    await client.tell(ended("failed"));
    expect(tray().textContent).toBe("");
    expect(wrapper!.emitted("failed")).toBeUndefined();
  });
});

test("who comes back to the tab sees what others have done meanwhile", async () => {
  await show();
  client.answer = () => status({ activeRun: run() });
  document.dispatchEvent(new Event("visibilitychange"));
  await flushPromises();
  expect(button()!.textContent).toContain("Refreshing…");
});

test("whose network is back sees the same", async () => {
  await show();
  client.answer = () => status({ activeRun: run() });
  window.dispatchEvent(new Event("online"));
  await flushPromises();
  expect(button()!.textContent).toContain("Refreshing…");
});

test("a component that goes leaves nothing behind: no timer, no listener, and nobody who follows the run", async () => {
  const listening = new Set<unknown>();
  for (const target of [document, window]) {
    vi.spyOn(target, "addEventListener").mockImplementation((_, listener) => void listening.add(listener));
    vi.spyOn(target, "removeEventListener").mockImplementation(
      (_, listener) => void listening.delete(listener),
    );
  }
  await show();
  await press(button());
  await client.accept();
  await client.tell(run({ progress: { phase: "fetching", done: 120, total: 465 } }));
  wrapper!.unmount();
  expect(client.follower.signal!.aborted).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
  expect(listening).toEqual(new Set());
  await client.tell(ended("succeeded"));
  expect(wrapper!.emitted("data-refreshed")).toBeUndefined();
});

test("the parts work in places of their own", async () => {
  const onRefreshed = vi.fn();
  const parts = [RefreshButton, LastUpdated, ProgressDialog, StalePrompt, RefreshNotification];
  const Dashboard = defineComponent(() => {
    const refresh = useSchoolRefresh(client, SCHOOL, { onRefreshed });
    return () =>
      h("main", [h("header", [h(parts[0]!, { refresh })]), parts.slice(1).map((it) => h(it, { refresh }))]);
  });
  wrapper = mount(Dashboard, { attachTo: document.body });
  await flushPromises();
  await press(document.querySelector<HTMLElement>("header button"));
  await client.accept();
  expect(dialog().open).toBe(true);
  await client.tell(ended("succeeded"));
  expect(dialog().open).toBe(false);
  expect(onRefreshed).toHaveBeenCalledExactlyOnceWith(ended("succeeded").summary);
  expect(document.querySelector("main > [role=status]")!.textContent).toContain("Updated 465 students");
});

test("texts can be overridden one by one", async () => {
  await show({ messages: { refresh: "Daten aktualisieren" } });
  expect(button()!.textContent).toContain("Daten aktualisieren");
});
