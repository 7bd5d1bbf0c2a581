// The pictures that README shows: of a school of the demo, in a real browser.
import { afterAll, afterEach, expect, test } from "vitest";

import { closeBrowser, picture, visit } from "./support/browser";
import { dialog, ending, refreshButton, schoolPicker, shown, told } from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import { clearFaults, knackFault } from "./support/world";

const SCHOOL = { knackId: "5f1a20c4e7b3d9001c0a1000", uuid: "", name: "Maple Bridge College" };
const VIEW = {
  viewport: { width: 1100, height: 720 },
  deviceScaleFactor: 1.5,
  reducedMotion: "reduce",
} as const;

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

test("a refresh of a school of a thousand, as README shows it", async () => {
  const launcher = await startLauncher([SCHOOL]);
  const { page } = await visit(launcher, VIEW);
  await page.getByRole("heading", { name: SCHOOL.name }).waitFor();
  expect(await schoolPicker(page).getByRole("option").allInnerTexts()).toEqual([SCHOOL.name]);

  await knackFault(SCHOOL, "hang", 6);
  await refreshButton(page).click();
  await shown(page, "Students 625 of 1000").waitFor();
  await picture(page, "readme-running");
  await dialog(page).getByRole("button", { name: "Cancel refresh" }).click();
  await dialog(page).getByRole("button", { name: "Yes, cancel" }).click();
  await ending(page);
  await clearFaults();
  await told(page).getByRole("button", { name: "Dismiss" }).click();

  await refreshButton(page).click();
  await page.getByText("Updated 1000 students: 1000 new").waitFor();
  await page.getByRole("row", { name: "Vision" }).waitFor();
  await picture(page, "readme-refreshed");
  await told(page).getByRole("button", { name: "Dismiss" }).click();

  await knackFault(SCHOOL, { status: { code: 503, body: "" } });
  await refreshButton(page).click();
  await page.getByText("knack_unavailable").waitFor();
  await picture(page, "readme-failed");

  // The same moment, by a launcher that lets schools rest.
  const resting = await visit(await startLauncher([SCHOOL], { LAUNCHER_COOLDOWN_SECONDS: "300" }), VIEW);
  await resting.page.getByText(/^Next refresh in \d:\d\d$/).waitFor();
  await resting.page.getByRole("row", { name: "Vision" }).waitFor();
  await picture(resting.page, "readme-resting");
});
