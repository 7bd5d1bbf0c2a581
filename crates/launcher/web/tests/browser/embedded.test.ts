// The package in a dashboard on another origin, for staff who are signed in to Knack.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { blankPage, closeBrowser } from "./support/browser";
import { notificationText, until } from "./support/dashboard";
import { buildDashboard, serveDashboard, type Dashboard } from "./support/foreign-dashboard";
import { startLauncher, stopAll, type Launcher } from "./support/launcher";
import { signInToKnack } from "./support/sandbox";

/** The school of 465, its admin, and the admin of two others. */
const ALDER_PARK = "61680fc13a0bfd001e8ca3ca";
const ADMIN = "maren.tollgate@example.test";
const ADMIN_OF_OTHERS = "Ibrahim.Sandford@Example.test";

let dashboard: Dashboard;
let launcher: Launcher;

beforeAll(async () => {
  dashboard = await serveDashboard(await buildDashboard());
  launcher = await startLauncher([], { LAUNCHER_AUTH: "knack-token", LAUNCHER_CORS_ORIGINS: dashboard.url });
});
afterAll(async () => {
  await stopAll();
  dashboard.close();
  await closeBrowser();
});

const pages: Page[] = [];
afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.context().close()));
});

async function open(user: string, origin = dashboard.url) {
  const watched = await blankPage();
  pages.push(watched.page);
  const token = await signInToKnack(user);
  await watched.page.addInitScript(
    ([launcher, school, token]) => {
      Object.assign(window, { launcher, school, Knack: { getUserToken: () => token } });
    },
    [launcher.url, ALDER_PARK, token] as const,
  );
  await watched.page.goto(origin);
  return { ...watched, token };
}

test("the code in docs/embedding.md refreshes a school and passes the summary to the dashboard", async () => {
  const { page, requests, token } = await open(ADMIN);
  await page.locator(".vsr-box button").click();
  expect(await notificationText(page)).toContain("465 students");
  const refreshed = await page.evaluate(() => (window as unknown as { refreshed: object[] }).refreshed);
  expect(refreshed).toEqual([expect.objectContaining({ students_synced: 465, success: true })]);
  expect(requests.some((request) => request.includes(encodeURIComponent(token)))).toBe(false);
});

test("it works under a policy that allows neither inline styles and scripts nor untrusted HTML", async () => {
  const { page, errors } = await open(ADMIN, `${dashboard.url}/strict`);
  const button = page.locator(".vsr-box button");
  await button.waitFor();
  expect(await button.evaluate((it) => getComputedStyle(it).backgroundColor)).toBe("rgb(4, 120, 87)");
  await button.click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  const { x, width } = (await dialog.boundingBox())!;
  expect(Math.abs(x + width / 2 - page.viewportSize()!.width / 2)).toBeLessThanOrEqual(1);
  expect(await notificationText(page)).toContain("465 students");
  // A violation of the policy is an error in the console.
  expect(errors).toEqual([]);
});

test("it works in a frame on a page of another origin", async () => {
  const { page, errors } = await open(ADMIN, `${dashboard.url.replace("127.0.0.1", "localhost")}/elsewhere`);
  await page.evaluate((url) => {
    const frame = Object.assign(document.createElement("iframe"), { src: url, width: 900, height: 600 });
    document.body.append(frame);
  }, dashboard.url);
  const frame = page.frameLocator("iframe");
  await frame.locator(".vsr-box button").click();
  await frame.getByRole("dialog").waitFor();
  await frame.locator(".vsr-tray .vsr-card").getByText("465 students").waitFor();
  expect(errors).toEqual([]);
});

test("an admin of other schools sees no button, and their requests are refused", async () => {
  const { page, token } = await open(ADMIN_OF_OTHERS);
  await until("the component is mounted", async () =>
    (await page.locator("#app").innerHTML()).includes("vsr-school"),
  );
  await until("there is no button", async () => (await page.locator(".vsr-box button").count()) === 0);
  expect(await page.locator("#app").innerText()).toBe("");
  const status = await page.evaluate(
    async ([launcher, school, token]) => {
      const response = await fetch(`${launcher}/api/sync/refresh-establishment`, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ establishmentId: school }),
      });
      return response.status;
    },
    [launcher.url, ALDER_PARK, token] as const,
  );
  expect(status).toBe(404);
});

test("a dashboard on an origin that the launcher does not allow is told why, and so is its developer", async () => {
  const { page } = await open(ADMIN, dashboard.url.replace("127.0.0.1", "localhost"));
  const warnings: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "warning") warnings.push(message.text());
  });
  await page.reload();
  await page.locator(".vsr-box button").click();
  expect(await notificationText(page)).toContain("does not accept requests from this website");
  expect([...new Set(warnings)]).toEqual([expect.stringContaining("LAUNCHER_CORS_ORIGINS")]);
});
