import type { Page } from "playwright-core";
import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, visit } from "./support/browser";
import { dialog, refreshButton, dialogText, notification, until } from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import { clearFaults, knackFault, newSchool, refuseKey } from "./support/sandbox";

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

describe("with the keyboard only, a user", () => {
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

  async function tabTo(page: Page, name: string) {
    for (let presses = 0; presses < 20; presses += 1) {
      if ((await focused(page)).startsWith(name)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab never reaches ${name}`);
  }

  test("signs in, refreshes, looks at the progress, cancels, tries again and dismisses", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school]);
    const { page } = await visit(launcher, { token: "" });
    await page.getByLabel("Access token").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type(launcher.token);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: school.name }).waitFor();

    await knackFault(school, "hang");
    await tabTo(page, "Refresh Data");
    await page.keyboard.press("Enter");
    await dialogText(page, "Fetching from Knack").waitFor();
    expect(await focused(page)).toBe("Run in background");
    await page.keyboard.press("Escape");
    expect(await focused(page)).toContain("Refreshing");
    await page.keyboard.press("Space");
    await dialog(page).waitFor();
    // Nothing behind the dialog can be reached.
    for (let presses = 0; presses < 6; presses += 1) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.closest("main .vsr-box, .bar"))).toBeNull();
    }
    await tabTo(page, "Cancel refresh");
    await page.keyboard.press("Enter");
    await page.getByText("Refresh cancelled", { exact: true }).waitFor();
    expect(await focused(page)).toBe("Refresh Data");

    await clearFaults();
    await refuseKey(school);
    await page.keyboard.press("Enter");
    await page.getByText("knack_refused").waitFor();
    expect(await focused(page)).toBe("Refresh Data");
    await tabTo(page, "Dismiss");
    await page.keyboard.press("Enter");
    expect(await notification(page).count()).toBe(0);
    expect(await focused(page)).toBe("Refresh Data");
  });
});

test("the focus returns to the button when a refresh ends while its dialog is open", async () => {
  const { page } = await visit(await startLauncher([await newSchool()]));
  await refreshButton(page).click();
  await page.getByText("Updated 3 students").waitFor();
  expect(await refreshButton(page).evaluate((button) => button === document.activeElement)).toBe(true);
});

describe("the text for screen readers", () => {
  interface Node {
    role?: { value: string };
    name?: { value: string };
    ignored: boolean;
    childIds?: string[];
    nodeId: string;
  }

  /** The texts inside the nodes of this role, as assistive technology gets them. */
  async function exposed(page: Page, role: string): Promise<string> {
    const session = await page.context().newCDPSession(page);
    const { nodes } = (await session.send("Accessibility.getFullAXTree")) as unknown as { nodes: Node[] };
    const byId = new Map(nodes.map((node) => [node.nodeId, node]));
    const textOf = (node: Node): string =>
      node.role?.value === "StaticText"
        ? (node.name?.value ?? "")
        : (node.childIds ?? []).map((id) => textOf(byId.get(id)!)).join(" ");
    return nodes
      .filter((node) => !node.ignored && node.role?.value === role)
      .map(textOf)
      .join(" ");
  }

  test("is exposed while the dialog is open and after it has closed", async () => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]));
    await knackFault(school, { delay_ms: 7_000 });
    await refreshButton(page).click();
    await until("the phase is exposed", async () =>
      (await exposed(page, "status")).includes("Fetching from Knack"),
    );
    await page.getByText("Updated 3 students").waitFor();
    expect(await exposed(page, "status")).toContain("Updated 3 students in");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await clearFaults();
    await refuseKey(school);
    await refreshButton(page).click();
    await page.getByText("knack_refused").waitFor();
    expect(await exposed(page, "alert")).toContain("Refresh failed");
  });
});

describe("motion", () => {
  test.each([
    ["no-preference", true],
    ["reduce", false],
  ] as const)("with prefers-reduced-motion: %s, there are animations: %s", async (reducedMotion, moves) => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]), { reducedMotion });
    await knackFault(school, "hang");
    await refreshButton(page).click();
    await dialogText(page, "Fetching from Knack").waitFor();
    const animations = await page.evaluate(() => document.getAnimations().length);
    expect(animations > 0).toBe(moves);
  });
});

test("nothing on the page moves from loading to the end of a refresh", async () => {
  const school = await newSchool(20);
  const { page } = await visit(await startLauncher([school]), { token: "" });
  const other = await startLauncher([school]);
  await page.addInitScript(() => {
    const shifts = ((window as unknown as { shifts: number[] }).shifts = []) as number[];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(other.url);
  await page.getByLabel("Access token").fill(other.token);
  await page.keyboard.press("Enter");
  await page.reload();
  await page.getByRole("heading", { name: school.name }).waitFor();
  await refreshButton(page).click();
  await page.getByText("Updated 20 students").waitFor();
  await page.getByRole("row", { name: /^Vision/ }).waitFor();
  const shifted = await page.evaluate(() =>
    (window as unknown as { shifts: number[] }).shifts.reduce((sum, shift) => sum + shift, 0),
  );
  // Google calls up to 0.1 good.
  expect(shifted).toBeLessThan(0.05);
});
