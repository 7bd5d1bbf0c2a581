// Several places of one page, and several tabs, that show the same school.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import { defineComponent, h, reactive } from "vue";

import { RefreshError, SchoolRefresh, type OnRefreshed } from "../../../src";
import { ended, problem, run, SCHOOL, status } from "../samples";
import { button, client, press, refreshed, show, tray, unmountAfterTest, wrapper } from "./mounted";

const mountedHere: VueWrapper[] = [];
afterEach(() => mountedHere.splice(0).forEach((it) => it.unmount()));

async function twoPlaces() {
  const handlers = [vi.fn<OnRefreshed>(), vi.fn<OnRefreshed>()];
  const Host = defineComponent(
    () => () =>
      h("main", [
        h(SchoolRefresh, { client, establishmentId: SCHOOL, onDataRefreshed: handlers[0] }),
        h(SchoolRefresh, {
          client,
          establishmentId: SCHOOL.toUpperCase(),
          placement: "filter-bar",
          onDataRefreshed: handlers[1],
        }),
      ]),
  );
  unmountAfterTest(mount(Host, { attachTo: document.body }));
  await flushPromises();
  return { handlers, buttons: [...document.querySelectorAll<HTMLElement>(".vsr-box .vsr-button")] };
}

test("two places share the status, the run and its end, and the one that was pressed shows them", async () => {
  const read = vi.spyOn(client, "status");
  const { handlers, buttons } = await twoPlaces();
  expect(read).toHaveBeenCalledOnce();
  await press(buttons[1]);
  await client.accept();
  const dialogs = [...document.querySelectorAll("dialog")];
  expect(dialogs.map(({ open }) => open)).toEqual([false, true]);
  expect(buttons.map(({ textContent }) => textContent!.trim())).toEqual(["Refreshing…", "Refreshing…"]);
  await client.report(ended("succeeded"));
  await vi.advanceTimersByTimeAsync(1_000);
  handlers.forEach((handler) => expect(handler).toHaveBeenCalledOnce());
  const trays = [...document.querySelectorAll(".vsr-tray")].map(({ textContent }) => textContent);
  expect(trays).toEqual(["", expect.stringContaining("Updated 15 of 465 students")]);
  expect(client.starts).toHaveLength(1);
});

test("one place that leaves does not stop the other", async () => {
  const places = reactive([1, 2]);
  const Host = defineComponent(
    () => () =>
      places.map((key) =>
        h(SchoolRefresh, { key, client, establishmentId: SCHOOL, onDataRefreshed: refreshed }),
      ),
  );
  unmountAfterTest(mount(Host, { attachTo: document.body }));
  await flushPromises();
  await press(button());
  await client.accept();
  places.shift();
  await flushPromises();
  expect(client.follower.signal!.aborted).toBe(false);
  await client.report(ended("failed"));
  expect(tray().textContent).toContain("Refresh failed");
});

test("another tab follows a refresh that was started here", async () => {
  vi.useRealTimers();
  await show();
  const tab = new BroadcastChannel("vespa-refresh/1");
  const told = new Promise((resolve) => tab.addEventListener("message", ({ data }) => resolve(data)));
  await press(button());
  await client.accept();
  expect(await told).toEqual({ school: `${client.baseUrl} ${SCHOOL}`, runId: run().runId });
  tab.close();
});

test("a refresh that another tab has started is followed here, and reported once", async () => {
  vi.useRealTimers();
  await show();
  client.runs[run().runId] = run();
  const tab = new BroadcastChannel("vespa-refresh/1");
  for (const school of [`${client.baseUrl} 5f1a20c4e7b3d9001c0a0050`, `${client.baseUrl} ${SCHOOL}`])
    tab.postMessage({ school, runId: run().runId });
  await expect.poll(() => button()!.textContent).toContain("Refreshing…");
  await client.report(ended("succeeded"));
  expect(refreshed).toHaveBeenCalledOnce();
  expect(tray().textContent).toContain("Updated 15 of 465 students");
  tab.close();
});

test.each([[null], ["text"], [{}], [{ runId: 7 }]])(
  "a message that is not from a tab of ours is ignored: %j",
  async (message) => {
    vi.useRealTimers();
    await show();
    const read = vi.spyOn(client, "run");
    const tab = new BroadcastChannel("vespa-refresh/1");
    const other = new BroadcastChannel("vespa-refresh/1");
    const passed = new Promise((resolve) => other.addEventListener("message", resolve));
    tab.postMessage(
      message && typeof message === "object"
        ? { school: `${client.baseUrl} ${SCHOOL}`, ...message }
        : message,
    );
    await passed;
    await flushPromises();
    expect(read).not.toHaveBeenCalled();
    expect(wrapper!.text()).not.toContain("Connection");
    tab.close();
    other.close();
  },
);

test("someone else's refresh of a moment ago is shown with its result and the countdown", async () => {
  await show();
  client.runs["other"] = ended("succeeded", { runId: "other" });
  client.answer = () => status({ cooldownSeconds: 290 });
  await press(button());
  await client.refuse(
    new RefreshError(problem({ code: "cooling_down", retryAfterSeconds: 290, runId: "other" })),
  );
  expect(tray().textContent).not.toContain("failed");
  expect(tray().textContent).toContain("had just been refreshed");
  expect(tray().textContent).toContain("Updated 15 of 465 students");
  expect(button()!.textContent).toContain("Available in 4\u00a0min 50\u00a0s");
  expect(refreshed).toHaveBeenCalledOnce();
});

test("someone else's refresh that failed is a reason to wait", async () => {
  await show();
  client.runs["other"] = ended("failed", { runId: "other" });
  await press(button());
  await client.refuse(
    new RefreshError(
      problem({ code: "cooling_down", message: "Wait a little.", retryAfterSeconds: 30, runId: "other" }),
    ),
  );
  expect(tray().textContent).toContain("Please wait before refreshing again");
  expect(refreshed).not.toHaveBeenCalled();
});

test("texts and language may change at any time", async () => {
  await show({ messages: { refresh: "Daten aktualisieren" } });
  expect(button()!.textContent).toContain("Daten aktualisieren");
  await wrapper!.setProps({ messages: { refresh: "Actualiser" }, lang: "fr" });
  expect(button()!.textContent).toContain("Actualiser");
});
