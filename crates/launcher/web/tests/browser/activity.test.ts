// What a refresh has changed, what needs attention, and the last runs, on the launcher's page.
import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import {
  closeBrowser,
  contentOf,
  expectAccessible,
  expectNoHorizontalScrolling,
  picture,
  visit,
} from "./support/browser";
import { notification, refresh, until } from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import { clearFaults, enrol, enrolWithoutEmail, newSchool, sql } from "./support/sandbox";

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

const panel = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const changedRows = (page: Page) => panel(page, "What changed").locator("tbody tr");

async function refreshAgain(page: Page) {
  await notification(page).getByRole("button", { name: "Dismiss" }).click();
  await refresh(page);
}

describe("what changed", () => {
  test("is exactly that student whose score was changed in Knack, with both values, and the averages", async () => {
    const school = await newSchool(3);
    const { page, errors } = await visit(await startLauncher([school]));
    await refresh(page);
    await until("three students are new", async () => (await changedRows(page).count()) === 3);
    expect(await changedRows(page).first().innerText()).toContain("New student");
    const names = await sql<{ name: string; knack_id: string }[]>`
      select name, knack_id from students where establishment_id = ${school.uuid} order by knack_id`;

    await enrol(school, [2], 7);
    await refreshAgain(page);
    await until("one student has changed", async () => (await changedRows(page).count()) === 1);

    const row = await changedRows(page).innerText();
    expect(row).toContain(names[1]!.name);
    for (const change of ["Vision 4 → 7", "Effort 4 → 7", "Overall 4 → 7"]) expect(row).toContain(change);
    await panel(page, "What changed").getByText("Cycle 1: Vision 4.0 → 5.0").waitFor();
    await page.reload();
    await panel(page, "What changed").getByText("Cycle 1: Vision 4.0 → 5.0").waitFor();
    await panel(page, "History").getByText("Succeeded").first().waitFor();
    expect(await panel(page, "History").locator("tbody tr").count()).toBe(2);

    const saving = page.waitForEvent("download");
    await panel(page, "What changed").getByRole("button", { name: "Export as CSV" }).click();
    const csv = (await contentOf(await saving)).trim().split("\r\n");
    expect(csv).toHaveLength(2);
    expect(csv[1]).toContain(`${names[1]!.knack_id},Scores,changed,1,,4,7,4,7`);

    await panel(page, "History")
      .getByRole("button", { name: /^Show the changes/ })
      .last()
      .click();
    await until("the first run is shown", async () => (await changedRows(page).count()) === 3);
    await expectAccessible(page, "what changed");
    await expectNoHorizontalScrolling(page, "what changed");
    await picture(page, "activity");
    expect(errors).toEqual([]);
  });
});

test("a skipped record is listed with what to do, and leaves the list once it is mended in Knack", async () => {
  const school = await newSchool(2);
  await enrolWithoutEmail(school, 3);
  const { page } = await visit(await startLauncher([school]));
  await refresh(page);
  const attention = panel(page, "Needs attention");
  await attention.getByText("No valid e-mail address (1)").waitFor();
  expect(await attention.innerText()).toContain("enter the student's e-mail address");
  expect(await attention.getByRole("button").count()).toBe(1);
  expect((await page.locator("main h2").allInnerTexts()).slice(-4)).toEqual([
    "Needs attention",
    "What changed",
    "Why is a student missing?",
    "History",
  ]);
  await expectAccessible(page, "needs attention");
  await picture(page, "attention");

  await enrol(school, [3], 5);
  await refreshAgain(page);

  await until("nothing needs attention", async () => (await attention.count()) === 0);
  await until("the student is new", async () =>
    (await changedRows(page).innerText()).includes("New student"),
  );
});

test("averages before a refresh that this tab has not seen are not made up", async () => {
  const school = await newSchool(3);
  const launcher = await startLauncher([school]);
  const { page } = await visit(launcher);
  await refresh(page);
  await enrol(school, [2], 7);
  await refreshAgain(page);
  await panel(page, "What changed").getByText("Averages before and after").waitFor();

  const other = await visit(launcher);

  await panel(other.page, "What changed").getByText("are not known").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  expect(await page.evaluate(() => sessionStorage.getItem("vespa-averages-before"))).toBe("{}");
});

test("what others wrote into the log is shown as text, short, and in the order in which it is written", async () => {
  const school = await newSchool(2);
  const { page, errors } = await visit(await startLauncher([school]));
  await refresh(page);
  const hostile = `<img src=x onerror="document.title='owned'"> \u202edeliaf ${"y".repeat(400)}`;
  const metadata = { establishment_id: school.uuid, started_by: "<b>Mallory</b>\u2066" };
  await sql`insert into sync_logs (sync_type, status, started_at, completed_at, error_message, metadata)
            values ('establishment_refresh', 'failed', now(), now(), ${hostile}, ${sql.json(metadata)})`;
  await page.reload();

  const row = panel(page, "History").locator("tbody tr").first();
  await row.getByText("Failed").waitFor();

  const text = await row.innerText();
  expect(text).toContain("<b>Mallory</b>");
  expect(text).toContain("<img src=x");
  expect(text).toContain(" deliaf y");
  expect(await row.locator("img, b").count()).toBe(0);
  expect(await page.title()).not.toBe("owned");
  await expectNoHorizontalScrolling(page, "a hostile row");
  expect(errors).toEqual([]);
});

test("a file that is exported holds no formula, whatever a student is called", async () => {
  const school = await newSchool(1);
  const { page } = await visit(await startLauncher([school]));
  await refresh(page);
  await sql`update students set name = ${'=HYPERLINK("http://evil.test")'} where establishment_id = ${school.uuid}`;
  await page.reload();
  await panel(page, "What changed").getByText("=HYPERLINK").waitFor();

  const saving = page.waitForEvent("download");
  const button = panel(page, "What changed").getByRole("button", { name: "Export as CSV" });
  await button.focus();
  await page.keyboard.press("Enter");
  const csv = await contentOf(await saving);

  expect(csv).toContain(`"'=HYPERLINK(""http://evil.test"")"`);
  expect(csv.split("\r\n").every((line) => !line.startsWith("="))).toBe(true);
});
