// What remains of the components when their host drops, moves or keeps them, with and without unmounting them.
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp, defineComponent, h, KeepAlive, ref } from "vue";

import { RefreshError, SchoolRefresh, useSchoolRefresh } from "../../../src";
import { ended, problem, run, SCHOOL, status } from "../samples";
import {
  client,
  dialog,
  press,
  button,
  inTray,
  refreshed,
  show,
  tray,
  unmountAfterTest,
  wrapper,
} from "./mounted";

// In development, Vue waits for its browser extension once.
beforeAll(() => {
  vi.useRealTimers();
  createApp(() => null).mount(document.createElement("div"));
});

let listeners: Set<unknown>;
beforeEach(() => {
  listeners = new Set();
  for (const target of [document, window]) {
    const { addEventListener, removeEventListener } = target;
    vi.spyOn(target, "addEventListener").mockImplementation(
      (...args: Parameters<typeof addEventListener>) => {
        listeners.add(args[1]);
        addEventListener.apply(target, args);
      },
    );
    vi.spyOn(target, "removeEventListener").mockImplementation(
      (...args: Parameters<typeof removeEventListener>) => {
        listeners.delete(args[1]);
        removeEventListener.apply(target, args);
      },
    );
  }
});
afterEach(() => vi.restoreAllMocks());

function expectNothingLeft() {
  expect(vi.getTimerCount()).toBe(0);
  expect(listeners).toEqual(new Set());
}

/** Its place on the page, which the host may drop without unmounting it. */
const place = () => wrapper!.element.parentElement!;

describe("a host that drops the element without unmounting", () => {
  test("leaves no timer and no listener behind before a refresh", async () => {
    await show();
    expect(listeners.size).toBeGreaterThan(0);
    place().remove();
    await flushPromises();
    expectNothingLeft();
    expect(document.querySelector("[class^=vsr]")).toBeNull();
  });

  test("stops following a run, and its requests", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.report(run({ progress: { phase: "fetching", done: 120, total: 465 } }));
    place().remove();
    await flushPromises();
    expect(client.follower.signal!.aborted).toBe(true);
    expect(client.signals.map((signal) => signal.aborted)).toEqual([true]);
    expectNothingLeft();
    await client.report(ended("succeeded"));
    expect(refreshed).not.toHaveBeenCalled();
  });

  test("leaves nothing behind while a notification is shown", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.report(ended("failed"));
    expect(tray().textContent).toContain("Refresh failed");
    place().remove();
    await flushPromises();
    expectNothingLeft();
  });

  test("leaves nothing behind during the second in which the dialog shows the success", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.report(ended("succeeded"));
    place().remove();
    await flushPromises();
    expectNothingLeft();
  });
});

test("an element that is put back continues, and follows its run to the end", async () => {
  await show();
  await press(button());
  await client.accept();
  const element = place();
  element.remove();
  await flushPromises();
  client.runs[run().runId] = run();
  document.body.append(element);
  await flushPromises();
  expect(button()!.textContent).toContain("Refreshing…");
  expect(client.follower.signal!.aborted).toBe(false);
  await client.report(ended("succeeded"));
  expect(refreshed).toHaveBeenCalledOnce();
});

test("a run that ended while the element was away is reported when it is back", async () => {
  await show();
  await press(button());
  await client.accept();
  const element = place();
  element.remove();
  await flushPromises();
  client.runs[run().runId] = ended("succeeded");
  document.body.append(element);
  await flushPromises();
  expect(refreshed).toHaveBeenCalledOnce();
  expect(tray().textContent).toContain("Updated 15 of 465 students");
});

test("a move within the document interrupts nothing, and keeps the dialog open", async () => {
  await show();
  await press(button());
  await client.accept();
  const target = document.createElement("main");
  document.body.append(target);
  target.append(place());
  await flushPromises();
  expect(client.follower.signal!.aborted).toBe(false);
  expect(dialog().open).toBe(true);
  target.remove();
});

test("an element that is mounted outside the document does nothing until it is put in", async () => {
  const read = vi.spyOn(client, "status");
  const host = document.createElement("div");
  const props = { client, establishmentId: SCHOOL };
  unmountAfterTest(mount(SchoolRefresh, { props, attachTo: host }));
  await flushPromises();
  expect(read).not.toHaveBeenCalled();
  expectNothingLeft();
  document.body.append(host);
  await flushPromises();
  expect(read).toHaveBeenCalledOnce();
});

test("a component that is kept alive stops while it is not shown", async () => {
  const Other = defineComponent(() => () => h("p", "other"));
  const Host = defineComponent({
    props: { isShown: Boolean },
    setup: (props) => () =>
      h(KeepAlive, () => (props.isShown ? h(SchoolRefresh, { client, establishmentId: SCHOOL }) : h(Other))),
  });
  const host = unmountAfterTest(mount(Host, { props: { isShown: true }, attachTo: document.body }));
  await flushPromises();
  await host.setProps({ isShown: false });
  await flushPromises();
  expectNothingLeft();
  client.answer = () => status({ activeRun: run() });
  await host.setProps({ isShown: true });
  await flushPromises();
  expect(button()!.textContent).toContain("Refreshing…");
});

describe("a school that is shown again after another", () => {
  test("tells what became of the run that was going on", async () => {
    await show();
    await press(button());
    await client.accept();
    wrapper!.unmount();
    expectNothingLeft();
    client.runs[run().runId] = ended("succeeded");
    await show();
    expect(tray().textContent).toContain("Data refreshed");
    expect(refreshed).toHaveBeenCalledTimes(1);
  });

  test.each([
    ["after", false],
    ["before", true],
  ])("tells it if another part of the panel, %s the button, shows the school as well", async (_, isFirst) => {
    const Other = defineComponent(() => {
      const { state } = useSchoolRefresh(
        () => client,
        () => SCHOOL,
      );
      return () => h("p", { class: "other" }, state.value.outcome?.kind);
    });
    const Panel = defineComponent(() => () => {
      const own = h(SchoolRefresh, { client, establishmentId: SCHOOL, onDataRefreshed: refreshed });
      return isFirst ? [h(Other), own] : [own, h(Other)];
    });
    const isShown = ref(true);
    const Host = defineComponent(() => () => (isShown.value ? h(Panel) : h("p")));
    unmountAfterTest(mount(Host, { attachTo: document.body }));
    await flushPromises();
    await press(button());
    await client.accept();
    isShown.value = false;
    await flushPromises();
    expectNothingLeft();
    client.runs[run().runId] = ended("succeeded");
    isShown.value = true;
    await flushPromises();
    expect(tray().textContent).toContain("Updated 15 of 465 students");
    expect(document.querySelector(".other")!.textContent).toBe("ended");
    expect(refreshed).toHaveBeenCalledOnce();
  });

  test("tells what became of a run that was not known to have begun when it was left", async () => {
    await show();
    await press(button());
    wrapper!.unmount();
    await client.accept();
    expectNothingLeft();
    client.runs[run().runId] = ended("succeeded");
    await show();
    expect(tray().textContent).toContain("Updated 15 of 465 students");
    expect(client.starts).toHaveLength(1);
  });

  test("is still starting if the answer has not come, and then follows the run", async () => {
    await show();
    await press(button());
    wrapper!.unmount();
    await show();
    expect(button()!.textContent).toContain("Starting…");
    expect(dialog().open).toBe(false);
    await press(button());
    expect(client.starts).toHaveLength(1);
    await client.accept();
    expect(button()!.textContent).toContain("Refreshing…");
    await client.report(ended("failed"));
    expect(tray().textContent).toContain("Refresh failed");
  });

  test("tells that the refresh was refused meanwhile", async () => {
    await show();
    await press(button());
    wrapper!.unmount();
    await client.refuse(new RefreshError(problem({ code: "queue_full", message: "The queue is full." })));
    await show();
    expect(tray().textContent).toContain("The queue is full.");
  });

  test("tells what became of a run even after it was left before that could be read, or while the network was down", async () => {
    await show();
    await press(button());
    await client.accept();
    wrapper!.unmount();
    const read = vi.spyOn(client, "run").mockReturnValueOnce(new Promise(() => {}));
    await show();
    wrapper!.unmount();
    read.mockRejectedValueOnce(new RefreshError(problem({ code: "unreachable", retryable: true })));
    await show();
    expect(tray().textContent).toBe("");
    client.runs[run().runId] = ended("succeeded");
    window.dispatchEvent(new Event("online"));
    await flushPromises();
    expect(tray().textContent).toContain("Updated 15 of 465 students");
    window.dispatchEvent(new Event("online"));
    await flushPromises();
    expect(refreshed).toHaveBeenCalledOnce();
  });

  test("still has the outcome that nobody has dismissed", async () => {
    await show();
    await press(button());
    await client.accept();
    await client.report(ended("failed"));
    wrapper!.unmount();
    expectNothingLeft();
    await show();
    expect(tray().textContent).toContain("Refresh failed");
    await press(inTray("Dismiss"));
    wrapper!.unmount();
    await show();
    expect(tray().textContent).not.toContain("Refresh failed");
  });

  test("knows of a success whose figures were being loaded", async () => {
    refreshed.mockReturnValueOnce(new Promise(() => {}));
    await show();
    await press(button());
    await client.accept();
    await client.report(ended("succeeded"));
    wrapper!.unmount();
    await show();
    expect(tray().textContent).toContain("Data refreshed");
  });
});
