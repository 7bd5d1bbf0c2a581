// Takes the pictures in README, of a school of the demo.
import { afterAll, afterEach, test } from "vitest";

import { closeBrowser, picture, visit } from "./support/browser";
import { dialog, notificationText, refreshButton, notification } from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import { clearFaults, knackFault } from "./support/sandbox";

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

test("pictures of a refresh of a school of a thousand, as in README", async () => {
  const launcher = await startLauncher([SCHOOL]);
  const { page } = await visit(launcher, VIEW);
  await page.getByRole("heading", { name: SCHOOL.name }).waitFor();

  await knackFault(SCHOOL, "hang", 17);
  await refreshButton(page).click();
  // How many are in by then depends on which answer comes first.
  await dialog(page)
    .getByText(/^1,[3-9]\d\d of 2,000 records$/)
    .waitFor();
  await picture(page, "readme-running");
  await dialog(page).getByRole("button", { name: "Cancel refresh" }).click();
  await dialog(page).getByRole("button", { name: "Yes, cancel" }).click();
  await notificationText(page);
  await clearFaults();
  await notification(page).getByRole("button", { name: "Dismiss" }).click();

  await refreshButton(page).click();
  await page.getByText(/^Updated 1,000 students in .*: 1,000 new$/).waitFor();
  await page.getByRole("row", { name: /^Vision/ }).waitFor();
  await picture(page, "readme-refreshed");
  await notification(page).getByRole("button", { name: "Dismiss" }).click();

  await knackFault(SCHOOL, { status: { code: 503, body: "" } });
  await refreshButton(page).click();
  await page.getByText("knack_unavailable").waitFor();
  await picture(page, "readme-failed");

  // The same moment, on a launcher with a cooldown.
  const cooldown = await visit(await startLauncher([SCHOOL], { LAUNCHER_COOLDOWN_SECONDS: "300" }), VIEW);
  await cooldown.page.getByText(/^Available in .*\d\ss$/).waitFor();
  await cooldown.page.getByRole("row", { name: /^Vision/ }).waitFor();
  await picture(cooldown.page, "readme-cooldown");
});
