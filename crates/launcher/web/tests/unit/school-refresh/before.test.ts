import { describe, expect, test } from "vitest";

import { RefreshError } from "../../../src";
import { problem, SCHOOL, status } from "../samples";
import { NOW, HOUR, wrapper, client, show, button, dialog, tray, inTray, press } from "./shown";

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
