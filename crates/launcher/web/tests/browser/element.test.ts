// <school-refresh> on a page without a bundler, whose style sheet shouts.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { blankPage, closeBrowser, picture } from "./support/browser";
import { until } from "./support/dashboard";
import { startLauncher, stopAll, type Launcher } from "./support/launcher";
import { clearFaults, knackFault, newSchool, refreshesLogged, type TestSchool } from "./support/sandbox";

const IMPORTANT = `* { color: #fff !important; background: #fff !important; font-size: 6px !important; margin: 0 !important;
  text-transform: uppercase !important; }
  dialog { position: static !important; } button { display: none !important; }`;

const SCRIPT = readFileSync(join(process.cwd(), "dist/package/element.js"));
let server: Server;
let launcher: Launcher;
let schools: TestSchool[];
let url: string;

/** A page with the school in two places. */
function pageOf({ knackId }: TestSchool): string {
  const element = `<school-refresh base-url="${launcher.url}/" establishment-id="${knackId}"></school-refresh>`;
  return `<!doctype html><html lang="en"><head><title>A page</title><style>${IMPORTANT}</style>
    <script type="module" src="/element.js"></script></head><body><main><h1>A page</h1>
    ${element} <p>Figures</p> ${element}</main><script>
      window.refreshed = [];
      window.shown = [];
      for (const element of document.querySelectorAll("school-refresh")) {
        element.getToken = () => "${launcher.token}";
        element.addEventListener("data-refreshed", ({ detail }) => {
          window.refreshed.push(detail.summary.students_synced);
          detail.waitUntil(new Promise((resolve) => window.shown.push(resolve)));
        });
      }
    </script></body></html>`;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://page");
    const isScript = pathname === "/element.js";
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? SCRIPT : pageOf(schools[Number(searchParams.get("school"))]!));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  schools = await Promise.all(Array.from({ length: 3 }, () => newSchool(3)));
  launcher = await startLauncher(schools, { LAUNCHER_CORS_ORIGINS: url });
});
afterEach(clearFaults);
afterAll(async () => {
  await stopAll();
  server.close();
  server.closeAllConnections();
  await closeBrowser();
});

async function open(school: number) {
  const watched = await blankPage({ viewport: { width: 1000, height: 700 } });
  await watched.page.goto(`${url}/?school=${school}`);
  await button(watched.page).waitFor();
  return watched;
}

const button = (page: Page, place = 0) =>
  page.locator("school-refresh").nth(place).locator(".vsr-box button");

const refreshed = (page: Page) =>
  page.evaluate(() => (window as unknown as { refreshed: number[] }).refreshed);

test("refreshes a school, tells the page, and announces it when the page has its figures", async () => {
  const { page, requests, errors } = await open(0);
  await page.getByText("Not refreshed here yet").first().waitFor();
  expect(requests.filter((request) => request.startsWith("GET") && request.includes("/status"))).toHaveLength(
    1,
  );
  await button(page).click();
  await page.getByText("Loading the new figures").first().waitFor();
  expect(await refreshed(page)).toEqual([3, 3]);
  await page.evaluate(() => (window as unknown as { shown: (() => void)[] }).shown.forEach((show) => show()));
  await page.getByText("Updated 3 students").waitFor();
  expect(errors).toEqual([]);
  expect(
    await page
      .locator("school-refresh")
      .first()
      .evaluate((it) => it.getAttributeNames()),
  ).toEqual(["base-url", "establishment-id"]);
  await page.context().close();
});

test("is out of reach of a style sheet with !important, and shows one dialog for both places", async () => {
  await knackFault(schools[1]!, "hang");
  const { page } = await open(1);
  await button(page, 1).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Fetching from Knack").first().waitFor();
  expect(await dialog.count()).toBe(1);
  const { x, y, width, height } = (await dialog.boundingBox())!;
  expect(Math.abs(x + width / 2 - 500)).toBeLessThanOrEqual(1);
  expect(Math.abs(y + height / 2 - 350)).toBeLessThanOrEqual(1);
  const title = dialog.getByRole("heading");
  const style = await title.evaluate((it) => {
    const { fontSize, color, textTransform } = getComputedStyle(it);
    return { fontSize, color, textTransform };
  });
  expect(style).toEqual({ fontSize: "19.2px", color: "rgb(28, 39, 33)", textTransform: "none" });
  await picture(page, "element-running");
  await page.context().close();
});

test("another tab follows the refresh that was started in this one, which runs once", async () => {
  await knackFault(schools[2]!, { delay_ms: 3_000 });
  const { page } = await open(2);
  const other = await page.context().newPage();
  await other.goto(`${url}/?school=2`);
  await other.getByText("Not refreshed here yet").first().waitFor();
  await page.bringToFront();
  await button(page).click();
  await until("the other tab follows", async () => (await button(other).innerText()).includes("Refreshing"));
  await until("the other tab's page is told", async () => (await refreshed(other)).length === 2);
  expect(await refreshesLogged(schools[2]!)).toBe(1);
  await page.context().close();
});

test("of an element that is removed, nothing remains", async () => {
  const { page, requests } = await open(0);
  await page.getByText("ago").first().waitFor();
  const frame = () => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  await page.evaluate(() =>
    document.querySelectorAll("school-refresh").forEach((element) => element.remove()),
  );
  await frame();
  const before = requests.length;
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await frame();
  expect(requests).toHaveLength(before);
  await page.context().close();
});
