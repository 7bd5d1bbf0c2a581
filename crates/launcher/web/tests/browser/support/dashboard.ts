// The page as people find their way about it: by what things are called.
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

export function refreshButton(page: Page): Locator {
  return page.locator("main .vsr-box button");
}

export function dialog(page: Page): Locator {
  return page.getByRole("dialog");
}

/** What is seen in the dialog; what is read out stands there a second time. */
export function shown(page: Page, text: string): Locator {
  return dialog(page).locator("p:not([role=status])").filter({ hasText: text });
}

export function schoolPicker(page: Page): Locator {
  return page.getByRole("combobox", { name: "School" });
}

export function told(page: Page): Locator {
  return page.locator(".vsr-tray .vsr-card");
}

/** Presses the button and waits until the refresh has ended and been told. */
export async function refresh(page: Page): Promise<string> {
  await refreshButton(page).click();
  return ending(page);
}

export async function ending(page: Page): Promise<string> {
  const notification = page.locator(".vsr-tray [role=status] .vsr-card, .vsr-tray [role=alert] .vsr-card");
  await notification.waitFor();
  return notification.innerText();
}

export async function tile(page: Page, name: string): Promise<string> {
  return page.locator(".tile", { hasText: name }).locator(".value").innerText();
}

/** The average that the table shows for the first cycle. */
export function visionOfCycle1(page: Page): Locator {
  return page.getByRole("row", { name: "Vision" }).getByRole("cell").first();
}

/** Waits until something is so. */
export async function until(what: string, holds: () => Promise<boolean>) {
  await expect.poll(holds, { timeout: 30_000, message: what }).toBe(true);
}
