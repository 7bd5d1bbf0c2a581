// Why a record needs attention, and why a student is missing: asked on the launcher's page, and answered by the real refresh.
import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, expectAccessible, picture, visit } from "./support/browser";
import { refresh, until } from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import {
  clearFaults,
  email,
  enrolOddly,
  enrolWithoutEmail,
  newSchool,
  sql,
  type TestSchool,
} from "./support/sandbox";

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

const panel = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const why = (page: Page) => panel(page, "Why is a student missing?");

const both = (field: number, value: unknown) => ({
  [`field_${field}`]: value,
  [`field_${field}_raw`]: value,
});
const named = (first: string, last: string) => ({
  field_187: `${first} ${last}`,
  field_187_raw: { first, last, full: `${first} ${last}` },
});
const withEmail = (address: string) => both(197, address);

/** Of a school whose year begins in August. */
function academicYear(on: Date): string {
  const first = on.getFullYear() - (on.getMonth() < 7 ? 1 : 0);
  return `${first}/${first + 1}`;
}

/** Types the question, and returns all that is answered. */
async function ask(page: Page, question: string): Promise<string> {
  await why(page).getByRole("textbox").fill(question);
  await why(page).getByRole("button", { name: "Find out" }).click();
  return answer(page);
}

async function answer(page: Page): Promise<string> {
  const explained = why(page).locator(".explained");
  await why(page).getByRole("button", { name: "Find out" }).waitFor();
  await explained.waitFor();
  return explained.innerText();
}

/** A refreshed school, with two students of whom nothing is to be said. */
async function refreshed(prepare: (school: TestSchool) => Promise<unknown>) {
  const school = await newSchool(2);
  await prepare(school);
  const watched = await visit(await startLauncher([school]));
  await refresh(watched.page);
  await why(watched.page).waitFor();
  return { ...watched, school };
}

describe("a skipped record", () => {
  test("opens by keyboard, and says its name, why it is skipped and what to do in Knack", async () => {
    const { page, errors } = await refreshed((school) =>
      enrolOddly(school, 3, { ...both(197, ""), ...named("Zora", "Without") }),
    );
    const opener = panel(page, "Needs attention").getByRole("button");
    expect(await opener.innerText()).toContain("Record ");
    expect(await opener.getAttribute("aria-expanded")).toBe("false");

    await opener.focus();
    await page.keyboard.press("Enter");
    const line = panel(page, "Needs attention").locator(".explained");
    await line.waitFor();

    expect(await opener.getAttribute("aria-expanded")).toBe("true");
    expect(await opener.innerText()).toContain("Zora Without");
    expect(await line.innerText()).toContain("Enter the address and refresh again.");
    await expectAccessible(page, "an opened record");
    await picture(page, "opened-record");

    await page.emulateMedia({ media: "print" });
    expect(await line.isVisible()).toBe(true);
    expect(await opener.isVisible()).toBe(true);
    expect(await why(page).getByRole("textbox").isVisible()).toBe(false);
    await page.emulateMedia({ media: "screen" });

    await page.keyboard.press("Enter");
    expect(await line.count()).toBe(0);
    expect(errors).toEqual([]);
  });

  test("of which nothing can be found out says so, and can be opened again", async () => {
    const { page } = await refreshed((school) => enrolWithoutEmail(school, 3));
    const attention = panel(page, "Needs attention");
    await page.route("**/explain", (route) => route.abort());
    await attention.getByRole("button").click();
    await attention.locator(".problem").waitFor();
    await page.unroute("**/explain");
    await attention.getByRole("button").click();
    await attention.getByRole("button").click();
    await attention.locator(".explained").waitFor();
    expect(await attention.locator(".problem").count()).toBe(0);
  });
});

describe("why a student is missing", () => {
  test("is said for ten reasons in a sentence that says what to do", { timeout: 120_000 }, async () => {
    const records: Record<string, string> = {};
    const { page, school, errors } = await refreshed(async (school) => {
      const other = await newSchool(0);
      const year = academicYear(new Date());
      records["other"] = await enrolOddly(school, 3, {
        field_133: other.name,
        field_133_raw: [
          { id: other.knackId, identifier: other.name },
          { id: school.knackId, identifier: school.name },
        ],
      });
      records["open"] = await enrolOddly(school, 4, both(855, ""));
      records["old"] = await enrolOddly(school, 5, {
        field_855: "01/10/2020",
        field_855_raw: { date: "10/01/2020", iso_timestamp: "2020-10-01T00:00:00.000Z" },
      });
      records["undated"] = await enrolOddly(school, 6, both(855, "soon"));
      records["addressless"] = await enrolOddly(school, 7, both(197, "none"));
      records["wrong"] = await enrolOddly(school, 8, both(155, "20879"));
      await enrolOddly(school, 9, named("Ann", "First"));
      records["shared"] = await enrolOddly(school, 10, {
        ...named("Ben", "Second"),
        ...withEmail(email(school, 9)),
      });
      await sql`insert into students (knack_id, email, name, establishment_id, academic_year)
                values (${"a".repeat(24)}, ${email(school, 11)}, 'Canary Elsewhere', ${other.uuid}, ${year})`;
      records["elsewhere"] = await enrolOddly(school, 11, {});
    });
    const said: string[] = [];
    for (const [question, sentence] of [
      ["nobody@example.test", "Check the e-mail address, and that the record in Knack names this school."],
      [records["other"]!, "put this school first and refresh again."],
      [records["open"]!, "Once it is completed, refresh again."],
      [email(school, 5), "correct the completion date in Knack and refresh again."],
      [records["undated"]!, "Enter it again as day, month and year, and refresh again."],
      [records["addressless"]!, "Enter the address and refresh again."],
      [records["wrong"]!, "Correct the score in Knack and refresh again."],
      [records["shared"]!, "Give each of them their own address in Knack and refresh again."],
      [email(school, 11), "Otherwise correct the address in Knack."],
      [email(school, 1), "The student is in the dashboard, as they are in Knack."],
    ] as const) {
      const text = await ask(page, question);
      expect(text, question).toContain(sentence);
      said.push(text);
    }
    const all = said.join("\n");
    for (const secret of ["Canary Elsewhere", "Yew Tree School", "Cycle 1: Cycle 1"])
      expect(all).not.toContain(secret);
    await picture(page, "why-missing");
    expect(errors).toEqual([]);
  });

  test("a question typed before a school's first refresh is still there after it", async () => {
    const school = await newSchool(2);
    const { page } = await visit(await startLauncher([school]));
    await why(page).waitFor();
    const question = why(page).getByRole("textbox");
    const first = await ask(page, email(school, 1));
    await question.fill(email(school, 2));

    await refresh(page);
    await page.getByRole("row", { name: /^Vision/ }).waitFor();
    await panel(page, "What changed").waitFor();

    // Nor has it moved: the news is below it, this time.
    const headings = ["Why is a student missing?", "What changed", "History"];
    expect((await page.locator("main h2").allInnerTexts()).slice(-3)).toEqual(headings);
    expect(await question.inputValue()).toBe(email(school, 2));
    expect(await answer(page)).toBe(first);
  });

  test("can be asked and followed to another record by keyboard alone", async () => {
    const { page, school } = await refreshed((school) =>
      enrolOddly(school, 3, { ...named("Ann", "Once"), ...withEmail(email(school, 1)) }),
    );
    const question = why(page).getByRole("textbox");
    await question.focus();
    await page.keyboard.type("Ann Once");
    await page.keyboard.press("Enter");
    await why(page).getByText("Students cannot be looked up by their name.").waitFor();

    await page.keyboard.press("Control+a");
    await page.keyboard.type(email(school, 1).toUpperCase());
    await page.keyboard.press("Enter");
    const first = await answer(page);
    const follow = why(page).getByRole("button", { name: /^Ask about it/ });
    expect(await follow.count()).toBe(1);
    await expectAccessible(page, "an answer");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await follow.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");

    await until("the other record is explained", async () => (await answer(page)) !== first);
    expect(await question.evaluate((input) => input === document.activeElement)).toBe(true);
    expect(await question.inputValue()).toMatch(/^[0-9a-f]{24}$/);
  });
});
