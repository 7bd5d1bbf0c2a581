// The page for everybody: its first paint, its chart without colours, on paper, on the smallest screens, by touch.
import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import {
  blankPage,
  closeBrowser,
  expectAccessible,
  expectLargeTargets,
  expectNoHorizontalScrolling,
  picture,
  visit,
} from "../support/browser";
import { notification, refresh, refreshButton, schoolLinks, visionOfCycle1 } from "../support/dashboard";
import { startLauncher, stopAll, type Launcher } from "../support/launcher";
import { answer, clearFaults, enrol, newSchool, sql, type TestSchool } from "../support/sandbox";

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

/** A school with three cycles and exam readiness. */
async function schoolWithCycles(): Promise<{ school: TestSchool; launcher: Launcher }> {
  const school = await newSchool(3);
  const launcher = await startLauncher([school]);
  const { page } = await visit(launcher);
  await refresh(page);
  await sql`
    insert into vespa_scores (student_id, cycle, vision, effort, systems, practice, attitude, overall, academic_year)
    select v.student_id, n, n + 4, 10, 0, 6, 5, 6, v.academic_year
    from vespa_scores v join students s on s.id = v.student_id, (values (2), (3)) as cycles (n)
    where s.establishment_id = ${school.uuid}`;
  await answer(school, 1, [5, 4, 3]);
  await page.context().close();
  await launcher.stop();
  // One that has not read the answers yet: they are remembered for a moment.
  return { school, launcher: await startLauncher([school]) };
}

/** The contrast of each bar to what is behind it. */
function contrasts(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
    const luminance = (colour: string) => {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    const paper = luminance(getComputedStyle(document.querySelector(".averages")!).backgroundColor);
    return [...document.querySelectorAll(".bar-row rect:not(.scale)")].map((bar) => {
      const ink = luminance(getComputedStyle(bar).fill);
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    });
  });
}

describe("the chart", () => {
  test.each([
    ["in light", {}],
    ["in dark", { colorScheme: "dark" }],
    ["in forced colours", { forcedColors: "active" }],
    ["in dark forced colours", { forcedColors: "active", colorScheme: "dark" }],
  ] as const)(
    "is told apart from the paper, and each bar has its cycle and value beside it, %s",
    async (name, options) => {
      const { launcher } = await schoolWithCycles();
      const { page } = await visit(launcher, options);
      await visionOfCycle1(page).waitFor();
      const seen = await contrasts(page);
      expect(seen).toHaveLength(21);
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(3);
      const vision = page.locator(".measure").first();
      expect((await vision.innerText()).split(/\s*\n\s*/)).toEqual([
        "Vision 0 to 10",
        "Cycle 1",
        "4.0",
        "Cycle 2",
        "6.0",
        "Cycle 3",
        "7.0",
      ]);
      const last = await page.locator(".measure").last().innerText();
      expect(last.split(/\s*\n\s*/)).toEqual([
        "Exam readiness 1 to 5",
        "Cycle 1",
        "4.0",
        "Cycle 2",
        "–",
        "Cycle 3",
        "–",
      ]);
      await expectAccessible(page, name);
      await page.setViewportSize({ width: 1280, height: 1300 });
      await picture(page, `figures-${name.replaceAll(" ", "-")}`);
    },
  );
});

describe("on paper", () => {
  test.each(["light", "dark"] as const)(
    "there are dates and figures, and no controls; from a %s screen",
    async (colorScheme) => {
      const { launcher } = await schoolWithCycles();
      const { page } = await visit(launcher, { colorScheme, viewport: { width: 720, height: 1018 } });
      await visionOfCycle1(page).waitFor();
      await page.emulateMedia({ media: "print", colorScheme });
      expect(
        await page
          .locator("button:not(.opener):visible, .link:visible, input:visible, .vsr-tray :visible")
          .count(),
      ).toBe(0);
      expect(await page.getByText(/Printed \d+ \w+ \d{4}, \d\d:\d\d/).isVisible()).toBe(true);
      expect(await page.getByText(/Last refresh: \d+ \w+ \d{4}, \d\d:\d\d/).isVisible()).toBe(true);
      expect(await page.locator(".averages h2").evaluate((it) => getComputedStyle(it).color)).toBe(
        "rgb(28, 39, 33)",
      );
      expect(Math.min(...(await contrasts(page)))).toBeGreaterThanOrEqual(3);
      const [chart, card] = await Promise.all([
        page.locator(".chart").boundingBox(),
        page.locator(".averages").boundingBox(),
      ]);
      expect(chart!.x >= card!.x && chart!.x + chart!.width <= card!.x + card!.width).toBe(true);
      await expectNoHorizontalScrolling(page, "print");
      await picture(page, `print-${colorScheme}`);
    },
  );
});

test("something is painted before the script has arrived", async () => {
  const launcher = await startLauncher([]);
  const { page } = await blankPage();
  let release = () => {};
  await page.route("**/page.js", async (route) => {
    await new Promise<void>((resolve) => (release = resolve));
    await route.continue();
  });
  await page.goto(launcher.url, { waitUntil: "commit" });
  await page.getByRole("heading", { name: "Loading…" }).waitFor();
  await page.getByText("Response rate").waitFor();
  const painted = () => page.evaluate(() => performance.getEntriesByName("first-contentful-paint").length);
  await expect.poll(painted).toBe(1);
  await picture(page, "before-the-script");
  release();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

interface Shift {
  value: number;
  /** What moved. */
  sources: string[];
}

describe("nothing on the page moves", () => {
  test.each([1_200, 2_600])(
    "while a refresh runs and its figures and changes come, on a screen %d high",
    async (height) => {
      const { school, launcher } = await schoolWithCycles();
      await sql`delete from vespa_scores v using students s
                where s.id = v.student_id and s.establishment_id = ${school.uuid} and v.cycle > 1`;
      const { page } = await visit(launcher, { viewport: { width: 1280, height } });
      await page.getByRole("heading", { name: "History" }).waitFor();
      await page.evaluate(() => {
        const shifts = ((window as unknown as { shifts: Shift[] }).shifts = [] as Shift[]);
        interface Entry {
          value: number;
          sources: { node?: Node }[];
        }
        new PerformanceObserver((list) => {
          for (const { value, sources } of list.getEntries() as unknown as Entry[])
            shifts.push({ value, sources: sources.map(({ node }) => node?.textContent ?? "") });
        }).observe({ type: "layout-shift" });
      });
      await enrol(school, [1], 9);
      await refreshButton(page).click();
      await notification(page).waitFor();
      await page.getByRole("heading", { name: "What changed" }).waitFor();
      await notification(page).getByRole("button", { name: "Dismiss" }).click();
      const shifts = await page.evaluate(() => (window as unknown as { shifts: Shift[] }).shifts);
      expect(shifts).toEqual([]);
    },
  );
});

test("the list of schools is accessible and fits the smallest screen", async () => {
  const launcher = await startLauncher([]);
  for (const colorScheme of ["light", "dark"] as const) {
    const viewport = { width: 320, height: 640 };
    const { page } = await visit(launcher, { token: launcher.tokenForAll, colorScheme, viewport });
    await schoolLinks(page).first().waitFor();
    await expectAccessible(page, `the list in ${colorScheme}`);
    await expectNoHorizontalScrolling(page, "the list");
    await expectLargeTargets(page, "the list");
    await picture(page, `schools-320-${colorScheme}`);
    await page.setViewportSize({ width: 1280, height: 900 });
    await picture(page, `schools-1280-${colorScheme}`);
  }
});
