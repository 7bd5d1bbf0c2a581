// Every state that people can see, one after the other, made by what really leads to it.
import type { BrowserContextOptions, Page } from "playwright-core";

import { visit } from "./browser";
import { dialog, ending, refresh, refreshButton, shown, told } from "./dashboard";
import { startLauncher } from "./launcher";
import { wireTo } from "./wire";
import {
  clearFaults,
  email,
  enrol,
  knackFault,
  newSchool,
  refreshedHoursAgo,
  sql,
  supabaseFault,
} from "./world";

export type Look = (page: Page, state: string) => Promise<void>;

export async function everyState(options: BrowserContextOptions, look: Look) {
  await signingIn(options, look);
  await ofOneSchool(options, look);
  await resting(options, look);
}

async function signingIn(options: BrowserContextOptions, look: Look) {
  const launcher = await startLauncher([await newSchool()]);
  const { page } = await visit(launcher, { ...options, token: "" });
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await look(page, "sign-in");
  await page.getByLabel("Access token").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("This token is not valid").waitFor();
  await look(page, "sign-in-refused");

  await supabaseFault({ table: "establishments" }, "unauthorized");
  await page.getByLabel("Access token").fill(launcher.token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "cannot be shown" }).waitFor();
  await look(page, "unavailable");
  await clearFaults();
  await page.context().close();

  const nowhere = await visit(
    await startLauncher([{ knackId: "0".repeat(24), uuid: "", name: "" }]),
    options,
  );
  await nowhere.page.getByText("There is no school that you may see").waitFor();
  await look(nowhere.page, "no-school");
  await nowhere.page.context().close();
}

async function ofOneSchool(options: BrowserContextOptions, look: Look) {
  const school = await newSchool(300);
  const launcher = await startLauncher([school]);
  const year = await currentYear(launcher.url, launcher.token, school.knackId);
  await refreshedHoursAgo(school, 75, year);
  const wire = await wireTo(launcher.url);
  const { page } = await visit({ ...launcher, url: wire.url }, options);

  await page.getByText("Last refreshed here 3 days ago. Refresh now?").waitFor();
  await look(page, "stale");
  await page.getByRole("button", { name: "Not now" }).click();
  await look(page, "not-now");

  let letGo = () => {};
  await page.route("**/refresh-establishment", async (route) => {
    await new Promise<void>((resolve) => (letGo = resolve));
    await route.continue();
  });
  await knackFault(school, "hang", 2);
  await refreshButton(page).click();
  await shown(page, "Starting…").waitFor();
  await look(page, "starting");
  letGo();
  await page.unrouteAll({ behavior: "wait" });
  await shown(page, "Students 125 of 300").waitFor();
  await look(page, "running");

  const other = await visit(launcher, options);
  await refreshButton(other.page).click();
  await shown(other.page, "This refresh was already running").waitFor();
  await look(other.page, "joined");
  await dialog(other.page).getByRole("button", { name: "Run in background" }).click();
  await look(other.page, "background");
  await other.page.context().close();

  wire.cut();
  await shown(page, "Connection lost").waitFor();
  await look(page, "reconnecting");
  wire.mend();
  await shown(page, "Connection lost").waitFor({ state: "detached" });

  await page.route("**/api/sync/runs/*", async (route) => {
    await new Promise<void>((resolve) => (letGo = resolve));
    await route.continue();
  });
  await dialog(page).getByRole("button", { name: "Cancel refresh" }).click();
  await shown(page, "Cancelling…").waitFor();
  await look(page, "cancelling");
  letGo();
  await page.unrouteAll({ behavior: "wait" });
  await page.getByText("Cancelled", { exact: true }).waitFor();
  await look(page, "cancelled");
  await clearFaults();

  await refresh(page);
  await page.getByText("Updated 300 students: 300 new").waitFor();
  await page.getByRole("row", { name: "Vision" }).waitFor();
  await look(page, "success");
  await told(page).getByRole("button", { name: "Dismiss" }).click();
  await look(page, "fresh");

  await refreshButton(page).click();
  await page.getByText("Already up to date").waitFor();
  await look(page, "unchanged");
  await told(page).getByRole("button", { name: "Dismiss" }).click();

  await enrol(school, [301, 302], 7);
  const students = await sql<{ id: string }[]>`
    update students set email = 'left@' || email, knack_id = '0' where email = ${email(school, 9)} returning id`;
  await enrol(school, [9], 4);
  await supabaseFault({ table: "students" }, { check_violation: { row_contains: email(school, 302) } });
  await refreshButton(page).click();
  await page.getByText("Updated with 1 problem").waitFor();
  await look(page, "partial");
  await clearFaults();
  await told(page).getByRole("button", { name: "Dismiss" }).click();
  await sql`delete from students where id = ${students[0]!.id}`;

  await knackFault(school, { status: { code: 401, body: "" } });
  await refreshButton(page).click();
  await page.getByText("knack_refused").waitFor();
  await look(page, "failed-for-good");
  await told(page).getByRole("button", { name: "Dismiss" }).click();
  await clearFaults();

  await knackFault(school, { status: { code: 503, body: "" } });
  await refreshButton(page).click();
  await page.getByText("knack_unavailable").waitFor();
  await look(page, "failed-for-now");
  await clearFaults();
  await page.context().close();
  await wire.remove();
}

async function resting(options: BrowserContextOptions, look: Look) {
  const school = await newSchool(40);
  const launcher = await startLauncher([school], { LAUNCHER_COOLDOWN_SECONDS: "300" });
  const { page } = await visit(launcher, options);
  await refreshButton(page).click();
  await ending(page);
  await page.getByText(/^Next refresh in \d:\d\d$/).waitFor();
  await told(page).getByRole("button", { name: "Dismiss" }).click();
  await look(page, "resting");
  await page.context().close();
}

async function currentYear(url: string, token: string, school: string): Promise<string> {
  const response = await fetch(`${url}/api/sync/status?establishmentId=${school}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const status = (await response.json()) as { academicYear: string };
  return status.academicYear;
}
