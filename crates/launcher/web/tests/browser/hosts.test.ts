// The package on pages with style sheets of all kinds: it looks and works the same.
import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, picture } from "./support/browser";
import { HOSTS, openHost, STATUS } from "./support/hosts";
import { boxOf, shapeOf, visibleTexts } from "./support/looks";

let page: Page;
afterEach(() => page.context().close());
afterAll(closeBrowser);

const RUN = {
  runId: "11111111-1111-4111-8111-111111111111",
  establishmentId: STATUS.establishmentId,
  establishmentName: STATUS.establishmentName,
  state: "running",
  queuePosition: null,
  progress: { phase: "fetching", done: 300, total: 465 },
  waiting: null,
  elapsedSeconds: 12,
  summary: null,
  problem: null,
  cache: null,
};

const none = { inserted: 0, updated: 0, unchanged: 0 };
const SUMMARY = {
  success: true,
  partial: false,
  students_synced: 465,
  duration_seconds: 2,
  changes: {
    students: { inserted: 3, updated: 12, unchanged: 450 },
    vespa_scores: { inserted: 3, updated: 0, unchanged: 600 },
    comments: none,
  },
  only_in_supabase: { students: 1, vespa_scores: 0, comments: 0 },
  skipped: [{ reason: "missing_email", count: 2, record_ids: [] }],
  warnings: [
    {
      code: "truncated",
      message: "Texts were too long for their columns and were cut.",
      count: 3,
      record_ids: ["a"],
    },
  ],
};

async function press() {
  await page.evaluate((run) => {
    const { vsr } = window as unknown as { vsr(selector: string): HTMLElement };
    Object.assign(window, { run_: run });
    vsr(".vsr-box .vsr-button").click();
  }, RUN);
  await page.getByText("300 of 465 records").first().waitFor();
}

async function report(change: object) {
  await page.evaluate((run) => (window as unknown as { report(run: object): void }).report(run), {
    ...RUN,
    ...change,
  });
}

async function expectReadable(state: string) {
  const texts = await visibleTexts(page);
  expect(texts.length, state).toBeGreaterThan(1);
  expect(
    texts.filter(({ contrast }) => contrast < 4.5),
    state,
  ).toEqual([]);
}

async function expectInCorner(isRightToLeft: boolean, isScaled: boolean) {
  const card = await boxOf(page, ".vsr-card");
  const { width, height } = page.viewportSize()!;
  const gap = isRightToLeft ? card.x : width - card.x - card.width;
  const expected = isScaled ? 12.8 : 16;
  expect(Math.abs(gap - expected)).toBeLessThanOrEqual(1);
  expect(Math.abs(height - card.y - card.height - expected)).toBeLessThanOrEqual(1);
}

/** It is what a click in its middle reaches. */
async function expectHit(selector: string) {
  const { x, y, width, height } = await boxOf(page, selector);
  const isHit = await page.evaluate(
    ([selector, x, y]) => {
      const { vsr } = window as unknown as { vsr(selector: string): HTMLElement };
      const element = vsr(selector);
      const hit = (element.getRootNode() as Document | ShadowRoot).elementFromPoint(x, y);
      return hit !== null && element.contains(hit);
    },
    [selector, x + width / 2, y + height / 2] as const,
  );
  expect(isHit, selector).toBe(true);
}

/** The button's symbol, in its own units. */
function drawing() {
  return page.evaluate(() => {
    const { vsr } = window as unknown as { vsr(selector: string): SVGPolylineElement };
    const line = vsr(".vsr-icon polyline");
    const { width, height } = line.getBBox();
    const { fill, stroke, color } = getComputedStyle(line);
    const isDrawn = line.getBoundingClientRect().width > 5 && stroke === color;
    return { width: Math.round(width), height: Math.round(height), fill, isDrawn };
  });
}

/** The shapes on a page without style sheets. */
let plain: { dialog: string[]; card: string[] } | undefined;

describe.each(Object.entries(HOSTS))("on a page with %s", (name, host) => {
  const { isRightToLeft = false, isScaled = false, isCovered = false } = host;
  const file = `host-${name.replace(/[^a-z0-9]+/gi, "-")}`;

  test("everything is where it belongs and can be read", async () => {
    page = await openHost(host, { ...STATUS, stale: true });
    await page.getByText("Refresh now?").waitFor();
    await expectReadable("stale");
    await expectInCorner(isRightToLeft, isScaled);
    await expectHit(".vsr-card .vsr-button");
    await picture(page, `${file}-stale`);

    if (!isCovered) await expectHit(".vsr-box .vsr-button");
    expect(await drawing()).toEqual({ width: 16, height: 16, fill: "none", isDrawn: true });
    const before = await boxOf(page, ".vsr-box .vsr-button");
    await press();
    await expectReadable("running");
    const dialog = await boxOf(page, "dialog");
    const { width, height } = page.viewportSize()!;
    expect(Math.abs(dialog.x + dialog.width / 2 - width / 2)).toBeLessThanOrEqual(1);
    expect(Math.abs(dialog.y + dialog.height / 2 - height / 2)).toBeLessThanOrEqual(1);
    const bar = await boxOf(page, "progress");
    expect(bar.width).toBeGreaterThan(isScaled ? 300 : 400);
    expect(bar.height).toBeGreaterThan(isScaled ? 7 : 8);
    await expectBarPainted(bar, isRightToLeft);
    await expectHit("dialog .vsr-main");
    await picture(page, `${file}-running`);
    const shapes = { dialog: await shapeOf(page, "dialog"), card: [] as string[] };

    await report({ state: "partial", progress: null, summary: { ...SUMMARY, partial: true } });
    await page
      .getByText(/^Data refreshed with \d+ problems$/)
      .first()
      .waitFor();
    await expectReadable("ended");
    await expectInCorner(isRightToLeft, isScaled);
    await expectHit(".vsr-card .vsr-actions button");
    const aligned = await page.evaluate(() => {
      const { vsr } = window as unknown as { vsr(selector: string): HTMLElement };
      return getComputedStyle(vsr(".vsr-card .vsr-title")).textAlign;
    });
    expect(aligned).toBe(isRightToLeft ? "right" : "left");
    shapes.card = await shapeOf(page, ".vsr-card");
    await picture(page, `${file}-ended`);

    // Nothing beside the button has moved, and it is as large as before.
    expect(await boxOf(page, ".vsr-box .vsr-button")).toEqual(before);
    plain ??= shapes;
    if (!isRightToLeft && !isScaled) expect(shapes).toEqual(plain);
  });

  test("the countdown has its place", async () => {
    page = await openHost(host);
    const before = [await boxOf(page, ".vsr-school"), await boxOf(page, ".vsr-age")];
    await page.evaluate(() => {
      const { status_ } = window as unknown as { status_: object };
      Object.assign(status_, { cooldownSeconds: 290, lastRefreshAt: "2026-11-25T11:59:59Z" });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await page.getByText("Available in 4 min 50 s").first().waitFor();
    await page.getByText("a moment ago").first().waitFor();
    expect([await boxOf(page, ".vsr-school"), await boxOf(page, ".vsr-age")]).toEqual(before);
    await expectReadable("cooling down");
    await picture(page, `${file}-cooldown`);
  });
});

/** The part that is done has a colour of its own, and so has the rest. */
async function expectBarPainted(
  bar: { x: number; y: number; width: number; height: number },
  isRightToLeft: boolean,
) {
  const y = bar.y + bar.height / 2;
  const at = async (share: number) => {
    const x = bar.x + bar.width * (isRightToLeft ? 1 - share : share);
    const clip = { x: Math.round(x), y: Math.round(y), width: 1, height: 1 };
    return (await page.screenshot({ clip })).toString("base64");
  };
  const above = (
    await page.screenshot({
      clip: { x: Math.round(bar.x + 20), y: Math.round(bar.y - 4), width: 1, height: 1 },
    })
  ).toString("base64");
  const [done, rest] = [await at(0.3), await at(0.9)];
  expect(done).not.toBe(rest);
  expect(done).not.toBe(above);
}

test.each([
  ["dark", "#fff", "vsr-dark"],
  ["light", "#000", "vsr-light"],
])("the theme %s holds whatever is behind", async (theme, background, expected) => {
  const css = `body { background: ${background}; }`;
  page = await openHost({ css: "" });
  await page.context().close();
  page = await openHost({ css: `${css} .header { background: ${background}; }` });
  await page.evaluate((theme) => {
    Object.assign(window, { theme });
    const { mount, status_ } = window as unknown as { mount(status: object): void; status_: object };
    document.querySelector("#app")!.replaceWith(Object.assign(document.createElement("div"), { id: "app" }));
    mount(status_);
  }, theme);
  await page.locator(`.vsr-school.${expected}`).waitFor();
});

test.each([
  ["320 × 256", { viewport: { width: 320, height: 256 } }],
  ["400 % zoom", { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 }],
])("at %s, every button is in view and the text beside it can be scrolled", async (_, options) => {
  page = await openHost(HOSTS["the real dashboard's kind of rules"]!, STATUS, options);
  await press();
  await expectInView("dialog .vsr-main");
  const skipped = ["missing_email", "other_school", "outside_year"].map((reason) => ({ reason, count: 2 }));
  await report({ state: "partial", progress: null, summary: { ...SUMMARY, partial: true, skipped } });
  await page
    .getByText(/^Data refreshed with \d+ problems$/)
    .first()
    .waitFor();
  await expectInView(".vsr-card .vsr-actions button");
  await page.locator("summary").click();
  await expectInView(".vsr-card .vsr-actions button");
  await picture(page, "host-small-ended");
});

async function expectInView(selector: string) {
  const { x, y, width, height } = await boxOf(page, selector);
  const size = page.viewportSize()!;
  expect({ x: x >= 0, y: y >= 0 }, selector).toEqual({ x: true, y: true });
  expect(x + width, selector).toBeLessThanOrEqual(size.width);
  expect(y + height, selector).toBeLessThanOrEqual(size.height);
}

test("components in separate places follow the background that each has", async () => {
  page = await openHost({
    css: "body > div > div { background: #101020; } body > div > main { background: #fff; }",
  });
  await page.evaluate(() => (window as unknown as { mountParts(): void }).mountParts());
  await page.locator("body > div > div > .vsr-box.vsr-dark").waitFor();
  await page.locator("body > div > main > .vsr-age.vsr-light").waitFor();
});

test("a page that turns dark takes the package with it", async () => {
  page = await openHost({ css: "body { background: #fff; } .night { background: #101020; }" });
  await page.locator(".vsr-school.vsr-light").waitFor();
  await page.evaluate(() => document.body.classList.add("night"));
  await page.evaluate(() => (document.body.style.background = "#101020"));
  await page.locator(".vsr-school.vsr-dark").waitFor();
  await expectReadable("at night");
});

test("a device that turns dark takes the package with it", async () => {
  page = await openHost({ css: ":root { color-scheme: light dark; }", options: { colorScheme: "light" } });
  await page.locator(".vsr-school.vsr-light").waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  // Sooner than the clock would look at it.
  await page.locator(".vsr-school.vsr-dark").waitFor({ timeout: 10_000 });
  await expectReadable("in the evening");
});
