// Failed starts, a change of school, other tabs, unmounting, and components in separate places.
import { flushPromises, mount } from "@vue/test-utils";
import { describe, expect, test, vi } from "vitest";
import { defineComponent, h, ref } from "vue";

import {
  RefreshError,
  LastUpdated,
  ProgressDialog,
  RefreshButton,
  RefreshNotification,
  StalePrompt,
  type Theme,
  useSchoolRefresh,
} from "../../../src";
import { ended, problem, run, SCHOOL, status } from "../samples";
import {
  wrapper,
  client,
  refreshed,
  show,
  button,
  dialog,
  tray,
  inTray,
  press,
  unmountAfterTest,
} from "./mounted";

describe("a start", () => {
  test("that is refused during the cooldown shows the countdown", async () => {
    await show();
    await press(button());
    client.answer = () => status({ cooldownSeconds: 100 });
    await client.refuse(
      new RefreshError(problem({ code: "cooling_down", message: "Wait a little.", retryAfterSeconds: 100 })),
    );
    expect(wrapper!.text()).toContain("Available in 1\u00a0min 40\u00a0s");
    expect(tray().querySelector("[role=alert]")!.textContent).toBe("");
  });

  test("whose response was lost is found again and not repeated", async () => {
    await show();
    await press(button());
    client.answer = () => status({ activeRun: run() });
    await client.refuse(new RefreshError(problem({ code: "unreachable" })));
    expect(client.starts).toHaveLength(1);
    expect(button()!.textContent).toContain("Refreshing…");
  });
});

describe("a change of school", () => {
  test("stops following the run of the school before", async () => {
    await show();
    await press(button());
    await client.accept();
    await wrapper!.setProps({ establishmentId: "5f1a20c4e7b3d9001c0a0050" });
    await flushPromises();
    expect(client.follower.signal!.aborted).toBe(true);
    expect(dialog().open).toBe(false);
    await client.report(ended("failed"));
    expect(tray().textContent).toBe("");
    expect(wrapper!.emitted("failed")).toBeUndefined();
  });
});

test("a tab that becomes visible again shows what others have started meanwhile", async () => {
  await show();
  client.answer = () => status({ activeRun: run() });
  document.dispatchEvent(new Event("visibilitychange"));
  await flushPromises();
  expect(button()!.textContent).toContain("Refreshing…");
});

test("a tab that is online again shows the same", async () => {
  await show();
  client.answer = () => status({ activeRun: run() });
  window.dispatchEvent(new Event("online"));
  await flushPromises();
  expect(button()!.textContent).toContain("Refreshing…");
});

test("an unmounted component leaves no timer and no listener behind, and stops following the run", async () => {
  const listeners = new Set<unknown>();
  for (const target of [document, window]) {
    vi.spyOn(target, "addEventListener").mockImplementation((_, listener) => void listeners.add(listener));
    vi.spyOn(target, "removeEventListener").mockImplementation(
      (_, listener) => void listeners.delete(listener),
    );
  }
  await show();
  await press(button());
  await client.accept();
  await client.report(run({ progress: { phase: "fetching", done: 120, total: 465 } }));
  wrapper!.unmount();
  expect(client.follower.signal!.aborted).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
  expect(listeners).toEqual(new Set());
  await client.report(ended("succeeded"));
  expect(refreshed).not.toHaveBeenCalled();
});

test.each(["refuses", "is full"])(
  "where a browser's storage %s, and it refuses channels, a refresh is offered and done as ever",
  async (how) => {
    const refuse = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    const full = { getItem: () => null, setItem: refuse, clear() {} };
    const storage = how === "is full" ? full : { ...full, getItem: refuse };
    vi.stubGlobal("sessionStorage", storage);
    vi.stubGlobal("BroadcastChannel", refuse);
    client.answer = () => status({ stale: true });
    await show();
    await press(inTray("Not now"));
    expect(tray().textContent).toBe("");
    await press(button());
    await client.accept();
    await client.report(ended("succeeded"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tray().textContent).toContain("Updated 15 of 465 students");
    wrapper!.unmount();
    vi.unstubAllGlobals();
  },
);

test("the components work in separate places", async () => {
  const onRefreshed = vi.fn();
  const components = [RefreshButton, LastUpdated, ProgressDialog, StalePrompt, RefreshNotification];
  const Dashboard = defineComponent(() => {
    const refresh = useSchoolRefresh(client, SCHOOL, { onRefreshed });
    return () =>
      h("main", [
        h("header", [h(components[0]!, { refresh })]),
        components.slice(1).map((component) => h(component, { refresh })),
      ]);
  });
  unmountAfterTest(mount(Dashboard, { attachTo: document.body }));
  await flushPromises();
  await press(document.querySelector<HTMLElement>("header button"));
  await client.accept();
  expect(dialog().open).toBe(true);
  await client.report(ended("succeeded"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(dialog().open).toBe(false);
  expect(onRefreshed).toHaveBeenCalledExactlyOnceWith(ended("succeeded").summary, expect.any(Function));
  expect(document.querySelector("main > vsr-part > [role=status]")!.textContent).toContain(
    "Updated 15 of 465 students",
  );
});

test("the components in separate places take the theme", async () => {
  const theme = ref<Theme>("dark");
  const Dashboard = defineComponent(() => {
    const refresh = useSchoolRefresh(client, SCHOOL, { theme });
    return () => [RefreshButton, LastUpdated].map((component) => h(component, { refresh }));
  });
  unmountAfterTest(mount(Dashboard, { attachTo: document.body }));
  await flushPromises();
  const themes = () =>
    [...document.querySelectorAll("vsr-part")].map(({ classList }) =>
      [...classList].filter((name) => /light|dark/.test(name)).join(),
    );
  expect(themes()).toEqual(["vsr-dark", "vsr-dark"]);
  theme.value = "light";
  await flushPromises();
  expect(themes()).toEqual(["vsr-light", "vsr-light"]);
});

test("each text can be overridden", async () => {
  await show({ messages: { refresh: "Daten aktualisieren" } });
  expect(button()!.textContent).toContain("Daten aktualisieren");
});
