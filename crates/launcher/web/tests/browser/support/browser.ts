// A real Chromium, and what its pages did: every address they asked for, and everything they complained about.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { expect, onTestFailed } from "vitest";

import type { Launcher } from "./launcher";
import { required } from "./world";

let browser: Promise<Browser> | undefined;

function theBrowser(): Promise<Browser> {
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

/** What a page did. */
export interface Watched {
  page: Page;
  /** Method and address of every request. */
  requests: string[];
  /** Violations of the Content-Security-Policy, and errors of scripts. */
  complaints: string[];
}

export interface Visit extends BrowserContextOptions {
  /** Signs in with this token, as if that had been done before in this tab. */
  token?: string;
}

/** Opens the launcher's page in a browser of its own. */
export async function visit(
  launcher: Launcher,
  { token = launcher.token, ...options }: Visit = {},
): Promise<Watched> {
  const context = await (
    await theBrowser()
  ).newContext({ viewport: { width: 1180, height: 900 }, ...options });
  // Not over a token that the page has got for itself.
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

/** A page without an address yet, in a browser of its own. */
export async function blankPage(options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await (await theBrowser()).newContext(options);
  return watch(await context.newPage());
}

export function watch(page: Page): Watched {
  const watched: Watched = { page, requests: [], complaints: [] };
  page.on("request", (request) => watched.requests.push(`${request.method()} ${request.url()}`));
  page.on("pageerror", (error) => watched.complaints.push(String(error)));
  page.on("console", (message) => {
    const isAnswer = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isAnswer) watched.complaints.push(message.text());
  });
  return watched;
}

export function posts({ requests }: Watched): string[] {
  return requests.filter((request) => request.startsWith("POST "));
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Every rule for people who do not see, hear, point or read as easily: none is broken. */
export async function expectAccessible(page: Page, state: string) {
  // Through the debugger, which the Content-Security-Policy does not stop, unlike a script element.
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

/** Nothing sticks out at the side. */
export async function expectNoSideways(page: Page, state: string) {
  const [wide, visible] = await page.evaluate(() => {
    const root = document.documentElement;
    return [root.scrollWidth, root.clientWidth];
  });
  expect(wide, state).toBeLessThanOrEqual(visible!);
}

/** A picture for people to look at. */
export async function picture(page: Page, name: string) {
  const folder = required("PICTURES");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}
