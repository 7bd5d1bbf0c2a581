// A page that its user leaves and goes back to. Browsers keep such a page as it was, and wake it up.
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { watch, type Watched } from "./support/browser";
import { KEEPING_PAGES } from "./support/chromium";
import { notificationText, until } from "./support/dashboard";
import { buildDashboard, serveDashboard, type Dashboard } from "./support/foreign-dashboard";
import { startLauncher, stopAll, type Launcher } from "./support/launcher";
import {
  clearFaults,
  knackFault,
  newSchool,
  refreshesCompleted,
  refreshesLogged,
  type TestSchool,
} from "./support/sandbox";

let browser: Browser;
let dashboard: Dashboard;
let launcher: Launcher;
let school: TestSchool;

beforeAll(async () => {
  browser = await chromium.launch(KEEPING_PAGES);
  dashboard = await serveDashboard(await buildDashboard());
});
beforeEach(async () => {
  school = await newSchool();
  launcher = await startLauncher([school], { LAUNCHER_CORS_ORIGINS: dashboard.url });
});
afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(async () => {
  dashboard.close();
  await browser.close();
});

async function open(): Promise<Watched> {
  const watched = watch(await browser.newPage());
  await watched.page.addInitScript(
    ([launcher, school, token]) => {
      Object.assign(window, { launcher, school, Knack: { getUserToken: () => token } });
      addEventListener("pageshow", ({ persisted }) => Object.assign(window, { wasKept: persisted }));
    },
    [launcher.url, school.knackId, launcher.token] as const,
  );
  await watched.page.goto(dashboard.url);
  await watched.page.locator("time, .vsr-age span span").first().waitFor();
  return watched;
}

async function goBack(page: Page) {
  // A page that was kept is not loaded again.
  await page.goBack({ waitUntil: "commit" });
  await until("it is the page that was left", () =>
    page.evaluate(() => (window as unknown as { wasKept?: boolean }).wasKept === true),
  );
}

test("shows how the refresh ended that was running when it was left", async () => {
  await knackFault(school, { delay_ms: 2_000 });
  const { page, errors } = await open();
  await page.locator(".vsr-box button").click();
  await page.getByText("Fetching from Knack").first().waitFor();
  await page.goto(`${dashboard.url}/elsewhere`);
  await until("the refresh ends", async () => (await refreshesCompleted(school)) === 1);
  await goBack(page);
  expect(await notificationText(page)).toContain("Updated 3 students");
  const told = await page.evaluate(() => (window as unknown as { refreshed: object[] }).refreshed.length);
  expect(told).toBe(1);
  expect(await refreshesLogged(school)).toBe(1);
  expect(errors).toEqual([]);
});

test("goes on with a refresh that is still running when it is shown again", async () => {
  await knackFault(school, "hang");
  const { page } = await open();
  await page.locator(".vsr-box button").click();
  await page.getByText("Fetching from Knack").first().waitFor();
  await page.goto(`${dashboard.url}/elsewhere`);
  await goBack(page);
  await page.getByRole("dialog").getByRole("button", { name: "Cancel refresh" }).click();
  expect(await notificationText(page)).toContain("Refresh cancelled");
});

test("shows how old the data is now, after others have refreshed it", async () => {
  const { page } = await open();
  await page.getByText("Not refreshed here yet", { exact: true }).waitFor();
  await page.goto(`${dashboard.url}/elsewhere`);
  const refreshed = await fetch(`${launcher.url}/api/sync/refresh-establishment`, {
    method: "POST",
    headers: { Authorization: `Bearer ${launcher.token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ establishmentId: school.knackId }),
  });
  expect(refreshed.status).toBe(200);
  await goBack(page);
  await page.getByText("Last refreshed here a moment ago", { exact: true }).waitFor();
});
