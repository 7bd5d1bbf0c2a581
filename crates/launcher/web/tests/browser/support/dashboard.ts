// Finds the parts of the page, mostly by what users see.
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

export function refreshButton(page: Page): Locator {
  return page.locator("main .vsr-box button");
}

export function dialog(page: Page): Locator {
  return page.getByRole("dialog");
}

/** Visible text in the dialog. The live region repeats some of it. */
export function dialogText(page: Page, text: string): Locator {
  return dialog(page).locator("p:not([role=status])").filter({ hasText: text });
}

/** The entries of the list of all schools. */
export function schoolLinks(page: Page): Locator {
  return page.locator(".schools a");
}

/** The figures are shown, or the sentence that there are none. */
export function figures(page: Page): Locator {
  return page.locator("main:not(:has([aria-busy]))").locator(".averages, .card").first();
}

/** The school has never been refreshed, and its page says so. */
export function notRefreshedYet(page: Page): Locator {
  return page.getByText("This school has not been refreshed yet");
}

export function notification(page: Page): Locator {
  return page.locator(".vsr-tray .vsr-card");
}

/** Presses the button, waits until the refresh has ended, and returns the notification's text. */
export async function refresh(page: Page): Promise<string> {
  await refreshButton(page).click();
  return notificationText(page);
}

/** Waits for the notification and returns its text. */
export async function notificationText(page: Page): Promise<string> {
  const element = page.locator(".vsr-tray [role=status] .vsr-card, .vsr-tray [role=alert] .vsr-card");
  await element.waitFor();
  return element.innerText();
}

export async function tile(page: Page, name: string): Promise<string> {
  const named = page.locator(".tile").filter({ has: page.getByText(name, { exact: true }) });
  return named.locator(".value").innerText();
}

/** The average of Vision for the first cycle, in the table. */
export function visionOfCycle1(page: Page): Locator {
  return page
    .getByRole("row", { name: /^Vision/ })
    .getByRole("cell")
    .first();
}

/** Waits until a condition holds. */
export async function until(what: string, holds: () => Promise<boolean>) {
  await expect.poll(holds, { timeout: 30_000, message: what }).toBe(true);
}
