// Which school the page shows: by its address, and by the list of those who see many.
import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, visit } from "../support/browser";
import { figures, notRefreshedYet, schoolLinks } from "../support/dashboard";
import { startLauncher, stopAll, type Launcher } from "../support/launcher";
import { newSchool, refreshedHoursAgo, sql, type TestSchool } from "../support/sandbox";

const MANY = 137;

afterEach(stopAll);
afterAll(closeBrowser);

const heading = (page: Page, school: TestSchool) => page.getByRole("heading", { name: school.name });
const search = (page: Page) => page.getByLabel("Find a school by its name");

function addressOf(launcher: Launcher, school: TestSchool): string {
  return `${launcher.url}/?school=${school.knackId}`;
}

describe("the address", () => {
  test("and the title name the school, so that Back, a reload, a bookmark and a second tab show it", async () => {
    const [one, other] = [await newSchool(), await newSchool()];
    const launcher = await startLauncher([one, other]);
    const { page, requests } = await visit(launcher);
    await page.getByRole("link", { name: one.name }).click();
    await heading(page, one).waitFor();
    expect(page.url()).toBe(addressOf(launcher, one));
    expect(await page.title()).toBe(`${one.name} · VESPA dashboard`);
    expect(await heading(page, one).evaluate((it) => it === document.activeElement)).toBe(true);

    await page.getByRole("link", { name: "All schools" }).click();
    await page.getByRole("link", { name: other.name }).click();
    await heading(page, other).waitFor();
    await page.goBack();
    await page.goBack();
    await heading(page, one).waitFor();
    await page.goForward();
    await page.goForward();
    await heading(page, other).waitFor();
    await page.reload();
    await heading(page, other).waitFor();

    const second = await page.context().newPage();
    await second.goto(addressOf(launcher, one));
    await heading(second, one).waitFor();
    await heading(page, other).waitFor();
    expect(requests.join()).not.toContain(launcher.token);
    expect(page.url()).not.toContain(launcher.token);
  });

  test("of another's school, or of none, is said to be so", async () => {
    const [own, other] = [await newSchool(), await newSchool()];
    const launcher = await startLauncher([own]);
    const { page } = await visit(launcher);
    await heading(page, own).waitFor();
    for (const id of [other.knackId, "nonsense", "<script>"]) {
      await page.goto(`${launcher.url}/?school=${encodeURIComponent(id)}`);
      await page.getByText("does not exist, or that you do not have access to").waitFor();
    }
    await page.getByRole("link", { name: "Your school" }).click();
    await heading(page, own).waitFor();
    expect(await page.getByRole("link", { name: "All schools" }).count()).toBe(0);
  });

  test("may be opened in a new tab from the list", async () => {
    const [one, other] = [await newSchool(), await newSchool()];
    const { page } = await visit(await startLauncher([one, other]));
    const link = page.getByRole("link", { name: one.name });
    await link.waitFor();
    const [opened] = await Promise.all([
      page.context().waitForEvent("page"),
      link.click({ modifiers: ["Control"] }),
    ]);
    // A tab in the background may not be painted.
    await opened.bringToFront();
    await heading(opened, one).waitFor();
    await page.bringToFront();
    await search(page).waitFor();
  });
});

describe("a user with 137 schools", () => {
  test("finds one by typing, sees how fresh each is, and tells apart those of one name", async () => {
    const launcher = await startLauncher([]);
    const { page } = await visit(launcher, { token: launcher.tokenForAll });
    await search(page).waitFor();
    expect(await schoolLinks(page).count()).toBeGreaterThanOrEqual(MANY);
    expect(await search(page).evaluate((it) => it === document.activeElement)).toBe(true);

    await search(page).fill("oakmoor");
    await page.getByText(/^1 of \d+ schools$/).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Oakmoor Sixth Form" }).waitFor();
    await page.goBack();

    await search(page).fill("zzz");
    await page.getByText("No school has a name like this").waitFor();

    await search(page).fill("ash vale");
    const alike = await sql<{ name: string }[]>`
      select name from establishments group by name having count(*) = 2 order by name limit 1`;
    await search(page).fill(alike[0]!.name);
    const texts = await schoolLinks(page).allInnerTexts();
    const marked = texts.filter((text) => text.startsWith(alike[0]!.name) && text.includes("Knack record"));
    expect(new Set(marked).size).toBe(2);
    expect(texts.every((text) => text.includes("Not refreshed here yet"))).toBe(true);
  });

  test("goes back to where they were in the list, with what they typed, and can begin with what is oldest", async () => {
    const launcher = await startLauncher([]);
    const { page } = await visit(launcher, { token: launcher.tokenForAll });
    const last = schoolLinks(page).last();
    const name = await last.locator(".school-name").innerText();
    await last.click();
    await page.locator("main h1[dir=auto]").waitFor();
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await page.goBack();
    await search(page).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    expect(await focused()).toContain(name);
    const box = (await last.boundingBox())!;
    expect(box.y >= 0 && box.y + box.height <= page.viewportSize()!.height).toBe(true);

    await search(page).fill("maple");
    await schoolLinks(page).first().click();
    await page.locator("main h1[dir=auto]").waitFor();
    await page.getByRole("link", { name: "All schools" }).click();
    expect(await search(page).inputValue()).toBe("maple");
    await page.keyboard.type("a");
    expect(await search(page).inputValue()).toBe("a");

    await search(page).fill("");
    const school = await newSchool();
    await refreshedHoursAgo(school, 1, "2026/2027");
    await page.reload();
    await page.getByLabel("Order").selectOption("Longest without a refresh first");
    expect(await schoolLinks(page).first().innerText()).toContain("Not refreshed here yet");
    expect(await schoolLinks(page).last().innerText()).toMatch(/ago$/);
  });

  test("reads names from right to left as they are written", async () => {
    const launcher = await startLauncher([]);
    const { page } = await visit(launcher, { token: launcher.tokenForAll });
    await search(page).fill("مدرسة");
    const name = page.locator(".school-name").first();
    expect(await name.evaluate((it) => getComputedStyle(it).direction)).toBe("rtl");
    await schoolLinks(page).first().click();
    const title = page.locator("main h1[dir=auto]");
    expect(await title.evaluate((it) => getComputedStyle(it).direction)).toBe("rtl");
  });
});

test("a school without figures is a sentence, and never empty axes, and answers why a student is missing", async () => {
  const school = await newSchool(0);
  const { page } = await visit(await startLauncher([school]));
  await notRefreshedYet(page).waitFor();
  await page.getByLabel("E-mail address, or id of the record in Knack").fill("ann@school.example");
  await page.getByRole("button", { name: "Find out" }).click();
  await page.getByText("Neither Knack nor the dashboard has this student at this school").waitFor();
  await page.getByText("Last refresh: not refreshed yet").waitFor();
  await figures(page).waitFor();
  expect(await page.locator(".averages svg rect, .averages table").count()).toBe(0);
  await page.getByRole("button", { name: "Refresh Data" }).first().click();
  await page.getByText("Knack has no completed questionnaires of this school").waitFor();
  expect(await page.locator(".averages svg rect, .averages table").count()).toBe(0);
});
