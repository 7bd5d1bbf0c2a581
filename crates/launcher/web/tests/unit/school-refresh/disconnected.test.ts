// What remains of the components when their host drops, moves or keeps them, with and without unmounting them.
import { flushPromises, mount } from "@vue/test-utils";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp, defineComponent, h, KeepAlive } from "vue";

import { SchoolRefresh } from "../../../src";
import { ended, run, SCHOOL, status } from "../samples";
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
    expect(client.signals.map((signal) => signal.aborted)).toEqual([true, true]);
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
