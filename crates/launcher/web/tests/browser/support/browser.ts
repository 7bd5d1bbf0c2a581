// A real Chromium, with a record of each page's requests and errors.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type Download,
  type Page,
} from "playwright-core";
import { expect, onTestFailed } from "vitest";

import type { Launcher } from "./launcher";
import * as world from "./world";

/** On a machine that is busy with other things, a page takes its time. */
const PATIENCE_MS = 60_000;

let connected: Promise<Browser> | undefined;

/** The worker's Chromium, which all its files share. */
function ownBrowser(): Promise<Browser> {
  connected ??= chromium.connect(world.browser);
  return connected;
}

/** Closes the file's pages. */
export async function closeBrowser() {
  await (await connected)?.close();
  connected = undefined;
}

/** A page and what it has done so far. */
export interface Watched {
  page: Page;
  /** Method and address of every request. */
  requests: string[];
  /** Violations of the Content-Security-Policy, and script errors. */
  errors: string[];
}

export interface Visit extends BrowserContextOptions {
  /** The tab is signed in with this token; empty for not signed in. */
  token?: string;
}

/** Opens the launcher's page in a new browser context. */
export async function visit(
  launcher: Launcher,
  { token = launcher.token, ...options }: Visit = {},
): Promise<Watched> {
  const context = await (
    await ownBrowser()
  ).newContext({ viewport: { width: 1180, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  // An empty token must not replace one that the page has got by itself.
  if (token) {
    await context.addInitScript((it) => {
      if (location.protocol.startsWith("http")) sessionStorage.setItem("vespa-token", it);
    }, token);
  }
  const watched = watch(await context.newPage());
  onTestFailed(async () => {
    if (!watched.page.isClosed()) await picture(watched.page, `failed-${Date.now()}`);
  });
  await watched.page.goto(launcher.url);
  return watched;
}

/** A blank page in a new browser context. */
export async function blankPage(options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await (await ownBrowser()).newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  return watch(await context.newPage());
}

export function watch(page: Page): Watched {
  const watched: Watched = { page, requests: [], errors: [] };
  page.on("request", (request) => watched.requests.push(`${request.method()} ${request.url()}`));
  page.on("pageerror", (error) => watched.errors.push(String(error)));
  page.on("console", (message) => {
    const isFailedResponse = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isFailedResponse) watched.errors.push(message.text());
  });
  return watched;
}

export function posts({ requests }: Watched): string[] {
  return requests.filter((request) => request.startsWith("POST "));
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** No accessibility rule is broken (WCAG 2.2 AA, and axe's best practices). */
export async function expectAccessible(page: Page, state: string) {
  // `evaluate` works through the debugger. The Content-Security-Policy would block a script element.
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(where: Document, how: object): Promise<{ violations: unknown }> };
    };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    return found.violations;
  });
  expect(violations, state).toEqual([]);
}

/** The page is no wider than the window. */
export async function expectNoHorizontalScrolling(page: Page, state: string) {
  const [width, visible] = await page.evaluate(() => {
    const root = document.documentElement;
    return [root.scrollWidth, root.clientWidth];
  });
  expect(width, state).toBeLessThanOrEqual(visible!);
}

/** Whatever can be pressed can be hit. */
export async function expectLargeTargets(page: Page, state: string) {
  const targets = page.locator("button:visible, a:visible, summary:visible, input:visible");
  // At once, since a refresh that is running changes them.
  const small = await targets.evaluateAll((all) =>
    all
      .map((it) => ({ text: it.textContent, box: it.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && Math.min(box.width, box.height) < 24)
      .map(({ text }) => text),
  );
  expect(small, state).toEqual([]);
}

export async function contentOf(download: Download): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** Takes a screenshot for people to look at. */
export async function picture(page: Page, name: string) {
  const folder = process.env["PICTURES"]!;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}
