// Brings the page into every state that users can see, by the events that really cause it.
import type { BrowserContextOptions, Page } from "playwright-core";

import { visit } from "./browser";
import { dialog, notificationText, refreshButton, dialogText, notification } from "./dashboard";
import { startLauncher } from "./launcher";
import { proxyTo } from "./proxy";
import {
  clearFaults,
  email,
  enrol,
  knackFault,
  newSchool,
  refuseKey,
  refreshedHoursAgo,
  sql,
  supabaseFault,
} from "./sandbox";

/** Looks at one state, which stays until this is done. */
export type Look = (page: Page, state: string) => Promise<void>;

const OPTIONS = { reducedMotion: "reduce", hasTouch: true } as const satisfies BrowserContextOptions;

/** Waits for the notification with this text, and points at it, so that it stays wherever the window moves it. */
async function notified(page: Page, text: string | RegExp) {
  await page.mouse.move(0, 0);
  await notification(page).filter({ hasText: text }).dispatchEvent("mouseenter");
}

export async function signingIn(look: Look) {
  const launcher = await startLauncher([await newSchool()]);
  const { page } = await visit(launcher, { ...OPTIONS, token: "" });
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await look(page, "sign-in");
  await page.getByLabel("Access token").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("This access token is not valid").waitFor();
  await look(page, "sign-in-refused");

  await supabaseFault({ table: "establishments" }, "unauthorized");
  await page.getByLabel("Access token").fill(launcher.token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "cannot be shown" }).waitFor();
  await look(page, "unavailable");
  await clearFaults();
  await page.context().close();

  const withoutSchools = await visit(
    await startLauncher([{ knackId: "0".repeat(24), uuid: "", name: "" }]),
    OPTIONS,
  );
  await withoutSchools.page.getByText("There are no schools that you have access to").waitFor();
  await look(withoutSchools.page, "no-school");
  await withoutSchools.page.context().close();
}

export async function ofOneSchool(look: Look) {
  const school = await newSchool(300);
  const launcher = await startLauncher([school]);
  const year = await currentYear(launcher.url, launcher.token, school.knackId);
  await refreshedHoursAgo(school, 75, year);
  const proxy = await proxyTo(launcher.url);
  const { page } = await visit({ ...launcher, url: proxy.url }, OPTIONS);

  await page.getByText("Last refreshed here 3 days ago. Refresh now?").waitFor();
  await look(page, "stale");
  await page.getByRole("button", { name: "Not now" }).click();
  await look(page, "not-now");

  let release = () => {};
  await page.route("**/refresh-establishment", async (route) => {
    await new Promise<void>((resolve) => (release = resolve));
    await route.continue();
  });
  await knackFault(school, "hang", 2);
  await refreshButton(page).click();
  await dialogText(page, "Starting…").waitFor();
  await look(page, "starting");
  release();
  await page.unrouteAll({ behavior: "wait" });
  await dialog(page)
    .getByText(/^[\d,]+ of [\d,]+ records$/)
    .waitFor();
  await look(page, "running");

  const other = await visit(launcher, OPTIONS);
  await refreshButton(other.page).click();
  await dialogText(other.page, "This refresh was already running").waitFor();
  await look(other.page, "joined");
  await dialog(other.page).getByRole("button", { name: "Run in background" }).click();
  await look(other.page, "background");
  await other.page.context().close();

  proxy.cut();
  await dialogText(page, "Connection lost").waitFor();
  await look(page, "reconnecting");
  proxy.mend();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await dialogText(page, "Connection lost").waitFor({ state: "detached" });

  await page.route("**/api/sync/runs/*", async (route, request) => {
    if (request.method() === "GET") return route.continue();
    await new Promise<void>((resolve) => (release = resolve));
    await route.continue();
  });
  await dialog(page).getByRole("button", { name: "Cancel refresh" }).click();
  await dialogText(page, "Cancelling…").waitFor();
  await look(page, "cancelling");
  release();
  await page.unrouteAll({ behavior: "wait" });
  await notified(page, "Refresh cancelled");
  await look(page, "cancelled");
  await clearFaults();

  await refreshButton(page).click();
  await notified(page, "Updated 300 students in");
  await page.getByRole("row", { name: /^Vision/ }).waitFor();
  await look(page, "success");
  await notification(page).getByRole("button", { name: "Dismiss" }).click();
  await look(page, "fresh");

  await refreshButton(page).click();
  await notified(page, "Already up to date");
  await look(page, "unchanged");
  await notification(page).getByRole("button", { name: "Dismiss" }).click();

  await enrol(school, [301, 302], 7);
  const students = await sql<{ id: string }[]>`
    update students set email = 'left@' || email, knack_id = '0' where email = ${email(school, 9)} returning id`;
  await enrol(school, [9], 4);
  await supabaseFault({ table: "students" }, { check_violation: { row_contains: email(school, 302) } });
  await refreshButton(page).click();
  await notified(page, /Data refreshed with \d+ problems?/);
  await look(page, "partial");
  await clearFaults();
  await notification(page).getByRole("button", { name: "Dismiss" }).click();
  await sql`delete from students where id = ${students[0]!.id}`;

  await refuseKey(school);
  await refreshButton(page).click();
  await page.getByText("knack_refused").waitFor();
  await look(page, "failed-for-good");
  await notification(page).getByRole("button", { name: "Dismiss" }).click();
  await clearFaults();

  await knackFault(school, { status: { code: 503, body: "" } });
  await refreshButton(page).click();
  await page.getByText("knack_unavailable").waitFor();
  await look(page, "failed-for-now");
  await clearFaults();
  await page.context().close();
  await proxy.remove();
}

export async function coolingDown(look: Look) {
  const school = await newSchool(40);
  const launcher = await startLauncher([school], { LAUNCHER_COOLDOWN_SECONDS: "300" });
  const { page } = await visit(launcher, OPTIONS);
  await refreshButton(page).click();
  await notificationText(page);
  await page.getByText(/^Available in .*\d\ss$/).waitFor();
  await notification(page).getByRole("button", { name: "Dismiss" }).click();
  await look(page, "cooldown");
  await page.context().close();
}

async function currentYear(url: string, token: string, school: string): Promise<string> {
  const response = await fetch(`${url}/api/sync/status?establishmentId=${school}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const status = (await response.json()) as { academicYear: string };
  return status.academicYear;
}
