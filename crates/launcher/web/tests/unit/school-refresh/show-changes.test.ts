import { mount } from "@vue/test-utils";
import { h } from "vue";
import { expect, test, vi } from "vitest";

import { SchoolRefresh } from "../../../src";
import { ended, run, SCHOOL } from "../samples";
import { button, client, press, show, unmountAfterTest } from "./mounted";

async function refreshed(finished = ended("succeeded")) {
  await press(button());
  await client.accept();
  await client.report(finished);
  await vi.advanceTimersByTimeAsync(60_000);
}

const showButton = () =>
  [...document.querySelectorAll("button")].find((it) => it.textContent?.trim() === "Show what changed");

test("a dashboard that listens to show-changes gets a button, which tells the run", async () => {
  const onShowChanges = vi.fn();
  await show({ onShowChanges });
  expect(showButton()).toBeUndefined();
  await refreshed();
  await press(showButton());
  expect(onShowChanges).toHaveBeenCalledExactlyOnceWith(run().runId);
});

test("a dashboard that does not listen gets none", async () => {
  await show();
  await refreshed();
  expect(showButton()).toBeUndefined();
});

test("a dashboard may lead to the changes in its own way", async () => {
  unmountAfterTest(
    mount(SchoolRefresh, {
      props: { client, establishmentId: SCHOOL },
      slots: {
        changes: ({ run }: { run: { runId: string } }) => h("a", { href: `#${run.runId}` }, "See them"),
      },
      attachTo: document.body,
    }),
  );
  await refreshed();
  expect(document.querySelector("a")?.getAttribute("href")).toBe(`#${run().runId}`);
});
