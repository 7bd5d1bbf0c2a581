// What people learn of a refresh while it runs and after it, also of one that ran while they looked at another school.
import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, posts, visit } from "../support/browser";
import {
  dialog,
  dialogText,
  notification,
  notificationText,
  refresh,
  refreshButton,
  tile,
  until,
} from "../support/dashboard";
import { startLauncher, stopAll } from "../support/launcher";
import {
  clearFaults,
  knackFault,
  newSchool,
  refreshesCompleted,
  refuseKey,
  type TestSchool,
} from "../support/sandbox";

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

const choose = (page: Page, { name }: TestSchool) => page.getByRole("link", { name }).click();
const back = (page: Page) => page.getByRole("link", { name: "All schools" }).click();

describe("a refresh that goes on while its user looks at another school", () => {
  test("and fails is told of when they come back", async () => {
    const [own, other] = [await newSchool(), await newSchool()];
    const { page } = await visit(await startLauncher([own, other]));
    await choose(page, own);
    await refuseKey(own);
    await refreshButton(page).click();
    await page.getByText("knack_refused").waitFor();
    await back(page);
    await choose(page, other);
    await page.getByRole("heading", { name: other.name }).waitFor();
    expect(await page.getByText("knack_refused").count()).toBe(0);
    await back(page);
    await choose(page, own);
    await page.getByText("knack_refused").waitFor();
  });

  test("and succeeds is told of when they come back, even from a refresh of the other school", async () => {
    const [own, other] = [await newSchool(), await newSchool()];
    const { page } = await visit(await startLauncher([own, other]));
    await choose(page, own);
    await knackFault(own, { delay_ms: 3_000 });
    await refreshButton(page).click();
    await dialogText(page, "Fetching from Knack").waitFor();
    await dialog(page).getByRole("button", { name: "Run in background" }).click();
    await back(page);
    await choose(page, other);
    await page.getByRole("heading", { name: other.name }).waitFor();
    expect(await refresh(page)).toContain("Updated 3 students");
    await until("the first refresh has ended", async () => (await refreshesCompleted(own)) === 1);
    await back(page);
    await choose(page, own);
    await page.getByRole("heading", { name: own.name }).waitFor();
    expect(await notificationText(page)).toContain("Updated 3 students");
    expect(await tile(page, "Students")).toBe("3");
  });

  test("is found again by its user if they left before it was known to have begun", async () => {
    const [own, other] = [await newSchool(), await newSchool()];
    const watched = await visit(await startLauncher([own, other]));
    const { page } = watched;
    await choose(page, own);
    await page.route("**/refresh-establishment", async (route) => {
      const response = await route.fetch();
      await page.getByRole("heading", { name: other.name }).waitFor();
      await route.fulfill({ response }).catch(() => {});
    });
    await refreshButton(page).click();
    await dialogText(page, "Starting…").waitFor();
    await dialog(page).getByRole("button", { name: "Run in background" }).click();
    await back(page);
    await choose(page, other);
    await page.getByRole("heading", { name: other.name }).waitFor();
    await until("the refresh has ended", async () => (await refreshesCompleted(own)) === 1);
    await back(page);
    await choose(page, own);
    expect(await notificationText(page)).toContain("Updated 3 students");
    expect(posts(watched)).toHaveLength(1);
  });
});

test("how the last refresh ended can be opened again, by keyboard too, with its exact time", async () => {
  const { page } = await visit(await startLauncher([await newSchool()]));
  await page.getByText("Last refresh: not refreshed yet").waitFor();
  await refresh(page);
  await notification(page).getByRole("button", { name: "Dismiss" }).click();
  const summary = page.locator(".last-refresh summary");
  expect(await summary.innerText()).toMatch(/^Last refresh: \d+ \w+ \d{4}, \d\d:\d\d$/);
  await summary.focus();
  await page.keyboard.press("Enter");
  await page.locator(".last-refresh").getByText("Updated 3 students").waitFor();
  await page.reload();
  await page.getByText(/Last refresh: \d+ \w+ \d{4}, \d\d:\d\d/).waitFor();
});

test("the bar never falls back, and a first refresh says what its size takes", async () => {
  const school = await newSchool(300);
  await knackFault(school, { delay_ms: 1_500 }, 3);
  const { page } = await visit(await startLauncher([school]));
  await refreshButton(page).waitFor();
  await page.evaluate(() => {
    const seen = ((window as unknown as { seen: number[] }).seen = [] as number[]);
    const look = () => {
      const bar = document.querySelector<HTMLProgressElement>("dialog[open] progress[value]");
      if (bar && bar.value !== seen.at(-1)) seen.push(bar.value);
      requestAnimationFrame(look);
    };
    look();
  });
  await refreshButton(page).click();
  await dialogText(page, "A first refresh of this size takes about 5 s").waitFor();
  await notificationText(page);
  const seen = await page.evaluate(() => (window as unknown as { seen: number[] }).seen);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.length).toBeGreaterThan(2);
});
