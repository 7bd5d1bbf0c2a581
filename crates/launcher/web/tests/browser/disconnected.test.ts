// A host that drops its element without unmounting the app in it, as Knack's pages do when they render a scene again.
import type { CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { blankPage, closeBrowser } from "./support/browser";
import { until } from "./support/dashboard";
import { buildDashboard, serveDashboard, type Dashboard } from "./support/foreign-dashboard";
import { startLauncher, stopAll, type Launcher } from "./support/launcher";
import { clearFaults, knackFault, newSchool, type TestSchool } from "./support/sandbox";

let dashboard: Dashboard;
let launcher: Launcher;
/** One for each test, whose refresh may still be running when the next begins. */
let schools: TestSchool[];

beforeAll(async () => {
  dashboard = await serveDashboard(await buildDashboard());
  schools = await Promise.all(Array.from({ length: 4 }, () => newSchool()));
  launcher = await startLauncher(schools, { LAUNCHER_CORS_ORIGINS: dashboard.url });
});
afterEach(clearFaults);
afterAll(async () => {
  await stopAll();
  dashboard.close();
  await closeBrowser();
});

/** Counts timers, which the devtools protocol does not list. */
function countTimers() {
  const timers = new Set<number>();
  const { setTimeout, clearTimeout, setInterval, clearInterval } = window;
  Object.assign(window, {
    timers,
    setTimeout: (handler: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        handler(...args);
      }, ms);
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer: number) => {
      timers.delete(timer);
      clearTimeout(timer);
    },
    setInterval: (handler: () => void, ms?: number) => {
      const timer = setInterval(handler, ms);
      timers.add(timer);
      return timer;
    },
    clearInterval: (timer: number) => {
      timers.delete(timer);
      clearInterval(timer);
    },
  });
}

async function open(school: TestSchool) {
  const { page } = await blankPage();
  await page.addInitScript(countTimers);
  await page.addInitScript(
    ([launcher, school, token]) => {
      Object.assign(window, { launcher, school, Knack: { getUserToken: () => token } });
    },
    [launcher.url, school.knackId, launcher.token] as const,
  );
  const devtools = await page.context().newCDPSession(page);
  const pending = new Set<string>();
  await devtools.send("Network.enable");
  devtools.on("Network.requestWillBeSent", ({ requestId }) => pending.add(requestId));
  devtools.on("Network.loadingFinished", ({ requestId }) => pending.delete(requestId));
  devtools.on("Network.loadingFailed", ({ requestId }) => pending.delete(requestId));
  await page.goto(dashboard.url);
  await page.locator(".vsr-box button").waitFor();
  return { page, devtools, pending };
}

async function listeners(devtools: CDPSession): Promise<string[]> {
  const found: string[] = [];
  for (const expression of ["window", "document", "document.body", "document.documentElement"]) {
    const { result } = await devtools.send("Runtime.evaluate", { expression });
    const { listeners } = await devtools.send("DOMDebugger.getEventListeners", {
      objectId: result.objectId!,
    });
    found.push(...listeners.map(({ type }) => `${expression} ${type}`));
  }
  return found;
}

const timers = (page: Page) =>
  page.evaluate(() => (window as unknown as { timers: Set<number> }).timers.size);

async function expectNothingLeft({ page, devtools, pending }: Awaited<ReturnType<typeof open>>) {
  await until("no request is under way", async () => pending.size === 0);
  await until("no timer is left", async () => (await timers(page)) === 0);
  expect(await listeners(devtools)).toEqual([]);
  const ours = `document.querySelectorAll("[class*=vsr], vsr-part, dialog, [popover]").length`;
  expect(await page.evaluate(ours)).toBe(0);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.evaluate(() => {
    document.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(new Event("online"));
  });
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  expect(requests).toEqual([]);
}

const drop = (page: Page) => page.evaluate(() => document.querySelector("#app")!.remove());

describe("of the package, no node, listener, timer or request remains when its element is dropped", () => {
  test("while nothing happens", async () => {
    const opened = await open(schools[0]!);
    expect((await listeners(opened.devtools)).length).toBeGreaterThan(0);
    expect(await timers(opened.page)).toBeGreaterThan(0);
    await drop(opened.page);
    await expectNothingLeft(opened);
    await opened.page.context().close();
  });

  test("while a refresh is followed in its dialog", async () => {
    await knackFault(schools[1]!, "hang");
    const opened = await open(schools[1]!);
    await opened.page.locator(".vsr-box button").click();
    await opened.page.getByText("Fetching from Knack").first().waitFor();
    await until("its events are read", async () => opened.pending.size > 0);
    await drop(opened.page);
    await expectNothingLeft(opened);
    await opened.page.context().close();
  });

  test("while a notification is shown", async () => {
    const opened = await open(schools[2]!);
    await opened.page.locator(".vsr-box button").click();
    await opened.page.getByRole("button", { name: "Dismiss" }).waitFor();
    await drop(opened.page);
    await expectNothingLeft(opened);
    await opened.page.context().close();
  });
});

test("three visits leave one tray, and the last one works", async () => {
  const opened = await open(schools[3]!);
  for (let visit = 0; visit < 3; visit += 1) {
    await opened.page.evaluate(() => {
      const app = document.createElement("div");
      app.id = "app";
      document.querySelector("#app")!.replaceWith(app);
      (window as unknown as { mountAgain(): void }).mountAgain();
    });
    await opened.page.locator(".vsr-box button").waitFor();
  }
  expect(await opened.page.locator(".vsr-tray").count()).toBe(1);
  await opened.page.locator(".vsr-box button").click();
  await opened.page.getByRole("button", { name: "Dismiss" }).waitFor();
  await opened.page.context().close();
});
