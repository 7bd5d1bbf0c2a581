// A real Chromium, with a record of each page's requests and errors.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { expect, onTestFailed } from "vitest";

import type { Launcher } from "./launcher";
import { required } from "./sandbox";

let browser: Promise<Browser> | undefined;

function launchBrowser(): Promise<Browser> {
  browser ??= chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return browser;
}

export async function closeBrowser() {
  await (await browser)?.close();
  browser = undefined;
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
    await launchBrowser()
  ).newContext({ viewport: { width: 1180, height: 900 }, ...options });
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
  const context = await (await launchBrowser()).newContext(options);
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

/** Takes a screenshot for people to look at. */
export async function picture(page: Page, name: string) {
  const folder = required("PICTURES");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}
