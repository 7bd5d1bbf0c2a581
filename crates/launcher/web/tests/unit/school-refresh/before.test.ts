import { describe, expect, test, vi } from "vitest";

import { RefreshError } from "../../../src";
import { problem, SCHOOL, status } from "../samples";
import { NOW, HOUR, wrapper, client, show, button, tray, inTray, press } from "./mounted";

describe("before a refresh", () => {
  test("the age of the data is shown beside the button, with the exact time", async () => {
    const lastFullSyncAt = new Date(NOW - 18 * HOUR).toISOString();
    client.answer = () => status({ lastFullSyncAt });
    await show();
    expect(button()!.textContent).toContain("Refresh Data");
    const time = document.querySelector("time")!;
    expect(time.textContent).toBe("Last updated 18 hours ago");
    expect(time.dateTime).toBe(lastFullSyncAt);
  });

  test("the age is by the launcher's clock, whatever the browser's says and whenever it is set", async () => {
    client.answer = () => status({ lastFullSyncAt: new Date(NOW - 18 * HOUR).toISOString() });
    for (const wrong of [26, -26, 24 * 365]) {
      vi.setSystemTime(NOW + wrong * HOUR);
      await show();
      expect(document.querySelector("time")!.textContent).toBe("Last updated 18 hours ago");
      vi.setSystemTime(NOW - wrong * HOUR);
      await vi.advanceTimersByTimeAsync(HOUR + 60_000);
      expect(document.querySelector("time")!.textContent).toBe("Last updated 19 hours ago");
      wrapper!.unmount();
    }
  });

  test("if the jobs for all schools do not log their runs, only the last refresh is shown", async () => {
    client.answer = () => status({ lastRefreshAt: new Date(NOW - 72 * HOUR).toISOString() });
    await show();
    expect(wrapper!.text()).toContain("Last refreshed here 3 days ago");
  });

  test("a refresh of old data is suggested once", async () => {
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

  test("the suggestion starts a refresh", async () => {
    client.answer = () => status({ stale: true });
    await show();
    await press(inTray("Refresh Data"));
    expect(client.starts).toEqual([SCHOOL]);
  });

  test.each(["not_allowed", "establishment_not_found"])(
    "users without access to the school see nothing: %s",
    async (code) => {
      client.answer = () => {
        throw new RefreshError(problem({ code, retryable: false }));
      };
      await show();
      expect(wrapper!.element.nodeType).toBe(Node.COMMENT_NODE);
      expect(document.querySelector("[class^=vsr]")).toBeNull();
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test("a hidden button leaves the age of the data", async () => {
    await show({ hideButton: true });
    expect(button()).toBeNull();
    expect(wrapper!.text()).toContain("Not refreshed here yet");
  });

  test("a status that cannot be read is reported, and leaves the button", async () => {
    client.answer = () => {
      throw new RefreshError(problem({ code: "dashboard_unavailable" }));
    };
    await show();
    expect(button()).not.toBeNull();
    expect(wrapper!.text()).toContain("Can't check how fresh this data is");
  });
});
