// Every state that users can see, on screens of all sizes and in all colours.
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, expect, test } from "vitest";

import {
  closeBrowser,
  expectAccessible,
  expectLargeTargets,
  expectNoHorizontalScrolling,
  picture,
} from "./support/browser";
import { stopAll } from "./support/launcher";
import { clearFaults } from "./support/sandbox";
import { coolingDown, ofOneSchool, signingIn } from "./support/states";

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

type Colours = Pick<BrowserContextOptions, "colorScheme" | "forcedColors">;

interface Screen extends Colours {
  name: string;
  width: number;
  height: number;
  /** Only a little wider or higher than another. */
  isLikeAnother?: boolean;
}

const SCREENS: readonly Screen[] = [
  { name: "light", width: 1180, height: 900 },
  { name: "dark", width: 1180, height: 900, colorScheme: "dark" },
  { name: "forced-colours", width: 1280, height: 900, forcedColors: "active" },
  { name: "768", width: 768, height: 900 },
  { name: "200-percent", width: 640, height: 400, isLikeAnother: true },
  { name: "320", width: 320, height: 640, isLikeAnother: true },
  // 1280 by 1024 at 400 %.
  { name: "320-by-256", width: 320, height: 256 },
];

test.each([
  ["while signing in", signingIn, 4],
  ["of a school's page", ofOneSchool, 15],
  ["of the cooldown", coolingDown, 1],
])(
  "every state %s can be used on every screen",
  async (_, walk, states) => {
    let seen = 0;
    await walk(async (page, state) => {
      for (const screen of SCREENS) await lookOn(screen, page, state);
      seen += 1;
    });
    expect(seen).toBe(states);
  },
  600_000,
);

async function lookOn(screen: Screen, page: Page, state: string) {
  const { name, width, height, colorScheme = "light", forcedColors = "none", isLikeAnother } = screen;
  const where = `${state} on ${name}`;
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme, forcedColors });
  // The package hears of it when the page is painted.
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))));
  await expectNoHorizontalScrolling(page, where);
  await expectLargeTargets(page, where);
  await expectOnePrimaryButton(page, where);
  await expectButtonsInside(page, where);
  if (!isLikeAnother) await expectAccessible(page, where);
  await picture(page, `${name}-${state}`);
}

/** There is one thing to do first. What is behind a modal dialog does not count. */
async function expectOnePrimaryButton(page: Page, where: string) {
  const primary = page.locator(
    "dialog[open] .vsr-main, body:not(:has(dialog[open])) :is(.vsr-main, .main):visible",
  );
  expect(await primary.count(), where).toBeLessThanOrEqual(1);
}

/** All buttons of the dialog and the notifications can be scrolled into the window. */
async function expectButtonsInside(page: Page, where: string) {
  const buttons = page.locator("dialog button:visible, .vsr-tray button:visible");
  const outside = await buttons.evaluateAll((all) =>
    all.flatMap((button) => {
      button.scrollIntoView({ block: "nearest" });
      const { left, right, top, bottom } = button.getBoundingClientRect();
      const isInside = left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight + 1;
      return isInside ? [] : [`${button.textContent}: ${left} to ${right}, ${top} to ${bottom}`];
    }),
  );
  expect(outside, where).toEqual([]);
}
