// Starts that go wrong, other schools, other tabs, other places.
import { flushPromises, mount } from "@vue/test-utils";
import { describe, expect, test, vi } from "vitest";
import { defineComponent, h } from "vue";

import {
  RefreshError,
  LastUpdated,
  ProgressDialog,
  RefreshButton,
  RefreshNotification,
  StalePrompt,
  useSchoolRefresh,
} from "../../../src";
import { ended, problem, run, SCHOOL, status } from "../samples";
import { wrapper, client, show, button, dialog, tray, press, keep } from "./shown";

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
  keep(mount(Dashboard, { attachTo: document.body }));
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
