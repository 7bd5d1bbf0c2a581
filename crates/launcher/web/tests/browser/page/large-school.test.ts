// A school of 2,000, refreshed for the first time: how soon its page is there, and what it shows of so many changes.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { closeBrowser, visit } from "../support/browser";
import { tile, until } from "../support/dashboard";
import { startLauncher, stopAll, type Launcher } from "../support/launcher";
import { sql } from "../support/sandbox";

const HUGE = "5f1a20c4e7b3d9001c0a2000";

let launcher: Launcher;
/** How many students it has. */
let students: string;

beforeAll(async () => {
  launcher = await startLauncher([]);
  const refreshed = await fetch(`${launcher.url}/api/sync/refresh-establishment`, {
    method: "POST",
    headers: { Authorization: `Bearer ${launcher.tokenForAll}`, "Content-Type": "application/json" },
    body: JSON.stringify({ establishmentId: HUGE }),
  });
  expect(refreshed.status).toBe(200);
  const rows = await sql<{ count: number }[]>`
    select count(*)::int from students s join establishments e on e.id = s.establishment_id
    where e.knack_id = ${HUGE}`;
  students = rows[0]!.count.toLocaleString("en-GB");
}, 180_000);
afterAll(async () => {
  await stopAll();
  await closeBrowser();
});

const search = (page: Page) => page.getByLabel("Find a school by its name");

// On a machine that is busy with other things, more than once.
test("is shown within 300 ms of a choice", { retry: 2 }, async () => {
  const { page } = await visit(launcher, { token: launcher.tokenForAll });
  await search(page).fill("oakmoor");
  const first = await choose(page);
  const again: Choice[] = [];
  for (let times = 0; times < 5; times += 1) {
    await page.goBack();
    await search(page).waitFor();
    again.push(await choose(page));
  }
  const name = median(again.map((it) => it.name));
  const figures = median(again.map((it) => it.figures));
  console.info(`the first choice: name ${first.name} ms, figures ${first.figures} ms`);
  console.info(`the next choices: name ${name} ms, figures ${figures} ms`);
  expect(Math.max(first.name, name, figures)).toBeLessThan(300);
  expect(await tile(page, "Students")).toBe(students);
});

/** How many milliseconds after a choice the name and the figures of the school are shown. */
interface Choice {
  name: number;
  figures: number;
}

/** Chooses the first school of the list. */
function choose(page: Page): Promise<Choice> {
  return page.evaluate(async () => {
    const start = performance.now();
    const passed = async (holds: () => unknown) => {
      while (!holds()) await new Promise(requestAnimationFrame);
      return Math.round(performance.now() - start);
    };
    const shows = (selector: string, text: string) =>
      document.querySelector(selector)?.textContent?.includes(text);
    document.querySelector<HTMLElement>(".schools a")!.click();
    return {
      name: await passed(() => shows("h1", "Oakmoor")),
      figures: await passed(() => shows("dl .value", "2,0")),
    };
  });
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

test("shows what changed in pages, says how much is not listed, finds a student by name, and prints the list", async () => {
  const { page } = await visit(launcher, { token: launcher.tokenForAll });
  await page.goto(`${launcher.url}/?school=${HUGE}`);
  const changed = page.getByRole("region", { name: "What changed", exact: true });
  const rows = changed.locator("tbody tr");
  await until("a page of students is shown", async () => (await rows.count()) === 50);
  const pages = changed.getByRole("navigation");
  const [, listed] = /^1–50 of ([\d,]+)$/m.exec(await pages.innerText())!;
  // More has changed in each of them than a run's changes may hold.
  await changed.getByText(`The list has ${listed} of the students whose data changed`).waitFor();
  await changed.getByText(/[\d,]+ more changes? not listed\./).waitFor();

  await pages.getByRole("button", { name: "Next" }).focus();
  await page.keyboard.press("Enter");
  await until("the next page is shown", async () =>
    (await pages.innerText()).includes(`51–100 of ${listed}`),
  );
  // Beside a name that several students have, there is the record's id.
  const someone = await rows.locator("th:not(:has(.quiet))").first().innerText();
  const find = page.getByRole("searchbox", { name: "Find a student" });
  await find.waitFor();
  const began = performance.now();
  await find.fill(someone.trim().toLowerCase());
  await until("one student is found", async () => (await rows.count()) === 1);
  // Hardly any of it is the page's: a machine under load is given its time too.
  expect(performance.now() - began).toBeLessThan(2_000);
  await find.fill("");
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  const all = Number(listed!.replace(",", ""));
  expect(all).toBeGreaterThan(1_000);
  await until("all are printed", async () => (await rows.count()) === all);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await until("a page is shown again", async () => (await rows.count()) === 50);
});
