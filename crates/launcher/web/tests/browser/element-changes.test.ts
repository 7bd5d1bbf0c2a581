// <school-refresh> whose page changes what it passes, moves it, or loads it twice, while a refresh is running.
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { closeBrowser } from "./support/browser";
import { until } from "./support/dashboard";
import { serveElementHost, type ElementHost, type ElementWindow } from "./support/element-host";
import { startLauncher, stopAll, type Launcher } from "./support/launcher";
import { clearFaults, knackFault, newSchool, refreshesLogged, type TestSchool } from "./support/sandbox";

let host: ElementHost;
let launcher: Launcher;
let schools: TestSchool[];
beforeAll(async () => {
  host = await serveElementHost();
  schools = await Promise.all(Array.from({ length: 6 }, () => newSchool(3)));
  launcher = await startLauncher(schools, { LAUNCHER_CORS_ORIGINS: host.url });
});
afterEach(clearFaults);
afterAll(async () => {
  await stopAll();
  host.close();
  await closeBrowser();
});

/** Opens a page with the school in it. */
async function open(school: number, attributes: object = {}, token = launcher.token): Promise<Page> {
  const page = await host.open("/");
  await page.addScriptTag({ url: "/element.js", type: "module" });
  const all = { "base-url": launcher.url, "establishment-id": schools[school]!.knackId, ...attributes };
  await page.evaluate(
    ([attributes, token]) => void (window as unknown as ElementWindow).add(attributes, token),
    [all, token] as const,
  );
  await button(page).waitFor();
  return page;
}

const button = (page: Page) => page.locator("school-refresh .vsr-box button");
const dialog = (page: Page) => page.getByRole("dialog");

/** Starts a refresh that takes a while. */
async function start(page: Page, school: number) {
  await knackFault(schools[school]!, { delay_ms: 700 });
  await button(page).click();
  await dialog(page).getByText("Fetching from Knack").first().waitFor();
}

test("a token that is renewed in the middle of a refresh takes it over, and nothing is started twice", async () => {
  const page = await open(0);
  await start(page, 0);
  await page.evaluate((token) => {
    document.querySelector("school-refresh")!.getToken = async () => token;
  }, launcher.token);
  await button(page).getByText("Refreshing").waitFor();
  await page.getByText("Updated 3 students").waitFor();
  expect(await refreshesLogged(schools[0]!)).toBe(1);
  await page.context().close();
});

test("of a token that fails in the middle of a refresh, page and user are told, and the refresh ends all the same", async () => {
  const page = await open(1);
  await start(page, 1);
  await page.evaluate(() => {
    const element = document.querySelector("school-refresh")!;
    Object.assign(window, { codes: [] });
    element.addEventListener("failed", (event) =>
      (window as unknown as { codes: string[] }).codes.push(
        (event as CustomEvent<{ code: string }>).detail.code,
      ),
    );
    element.getToken = () => Promise.reject(new Error("signed out"));
  });
  await until("the page is told", async () =>
    (await page.evaluate(() => (window as unknown as { codes: string[] }).codes)).includes("no_token"),
  );
  await button(page).getByText("Refresh Data").click();
  await page.getByText("This page could not tell who is signed in").waitFor();
  await until("the refresh ends", async () => (await refreshesLogged(schools[1]!)) === 1);
  await page.context().close();
});

test("texts and language change while the dialog is open", async () => {
  const page = await open(2);
  await start(page, 2);
  await page.evaluate(() => {
    const element = document.querySelector("school-refresh")!;
    element.messages = { phases: { fetching: "Daten werden geholt" }, dialogTitle: "Aktualisierung" };
    element.lang = "de";
  });
  await dialog(page).getByText("Daten werden geholt").first().waitFor();
  await dialog(page).getByRole("heading", { name: "Aktualisierung" }).waitFor();
  await button(page)
    .getByText(/\d+\s%/)
    .waitFor();
  await page.evaluate(() => (document.querySelector("school-refresh")!.messages = undefined));
  await dialog(page).getByText("Fetching from Knack").first().waitFor();
  await page.getByText("Updated 3 students").waitFor();
  await page.context().close();
});

test("an element that is moved while its dialog is open shows it again, above the page and in the middle", async () => {
  const page = await open(3);
  await start(page, 3);
  await page.evaluate(() =>
    document.querySelector("main")!.append(document.querySelector("school-refresh")!),
  );
  await until("the dialog is modal", () => dialog(page).evaluate((it) => it.matches(":modal")));
  const { x, width } = (await dialog(page).boundingBox())!;
  expect(Math.abs(x + width / 2 - 500)).toBeLessThanOrEqual(1);
  await page.getByText("Updated 3 students").waitFor();
  expect(await page.locator("school-refresh .vsr-tray:popover-open").count()).toBe(1);
  expect(await refreshesLogged(schools[3]!)).toBe(1);
  await page.context().close();
});

test("an element that a frame of the page adopts works there, counts down, and can come back", async () => {
  const cooling = await startLauncher([schools[4]!], {
    LAUNCHER_CORS_ORIGINS: host.url,
    LAUNCHER_COOLDOWN_SECONDS: "300",
  });
  const page = await open(4, { "base-url": cooling.url }, cooling.token);
  await page.evaluate(() => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.style.cssText = "width: 900px; height: 600px";
    frame.contentDocument!.body.append(document.querySelector("school-refresh")!);
  });
  const frame = page.frames()[1]!;
  const inner = frame.locator("school-refresh .vsr-box button");
  await inner.waitFor();
  await expectGreen(inner);
  await inner.click();
  await frame.getByText("Updated 3 students").waitFor();
  await expectCountdown(inner);
  await frame.getByRole("button", { name: "Dismiss" }).click();

  await page.evaluate(() => {
    const { contentDocument } = document.querySelector("iframe")!;
    document.body.append(contentDocument!.querySelector("school-refresh")!);
  });
  await expectCountdown(button(page));
  expect(await refreshesLogged(schools[4]!)).toBe(1);
  await page.context().close();
});

/** It shows the time that is left, and a second later it shows less. */
async function expectCountdown(button: Locator) {
  const time = button.getByText(/^Available in \d+\smin(\s\d+\ss)?$/);
  await time.waitFor();
  const before = await time.innerText();
  await until("it counts down", async () => (await time.innerText()) !== before);
}

async function expectGreen(button: Locator) {
  expect(await button.evaluate((it) => getComputedStyle(it).backgroundColor)).toBe("rgb(4, 120, 87)");
}

test("show-changes asks for a button whose event has the run's id, and a slot takes its place", async () => {
  const page = await open(5, { "show-changes": "" });
  await page.evaluate(() => {
    Object.assign(window, { shown: [] });
    document
      .querySelector("school-refresh")!
      .addEventListener("show-changes", ({ detail }) =>
        (window as unknown as { shown: string[] }).shown.push(detail.runId),
      );
  });
  const changes = page.getByRole("button", { name: "Show what changed" });
  expect(await changes.count()).toBe(0);
  await button(page).click();
  await changes.click();
  expect(await page.evaluate(() => (window as unknown as { shown: string[] }).shown)).toEqual([
    expect.stringMatching(/^[0-9a-f-]{36}$/),
  ]);
  await page.evaluate(() => {
    const link = Object.assign(document.createElement("a"), {
      href: "#changes",
      textContent: "See the list",
    });
    link.slot = "changes";
    document.querySelector("school-refresh")!.append(link);
  });
  await page.getByRole("link", { name: "See the list" }).waitFor();
  await until("the button is gone", async () => (await changes.count()) === 0);
  await page.context().close();
});

test("a second copy of the script neither fails nor takes over", async () => {
  const page = await open(2);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.addScriptTag({ url: "/element.js?again", type: "module" });
  await page.evaluate(() => document.body.append(document.createElement("school-refresh")));
  await button(page).first().waitFor();
  expect(errors).toEqual([]);
  await page.context().close();
});
