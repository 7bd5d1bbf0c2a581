import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, posts, visit } from "./support/browser";
import { ending, refresh, refreshButton, shown, tile, told, until } from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import { clearFaults, email, knackFault, newSchool, scores, supabaseFault } from "./support/world";

const RUN_ID = /run [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/;

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

describe("the school rests after a refresh", () => {
  test("with a countdown on the button, which then wakes without a reload", async () => {
    const launcher = await startLauncher([await newSchool()], { LAUNCHER_COOLDOWN_SECONDS: "5" });
    const watched = await visit(launcher);
    const { page } = watched;
    await refresh(page);
    const button = refreshButton(page);
    await until("it rests", async () => (await button.getAttribute("aria-disabled")) === "true");
    const reason = page.locator(`[id="${await button.getAttribute("aria-describedby")}"]`);
    expect(await reason.innerText()).toBe("Next refresh in a moment");
    await page.getByText(/^Next refresh in 0:0[1-5]$/).waitFor();
    await button.click({ force: true });
    expect(posts(watched)).toHaveLength(1);
    await until("it wakes", async () => (await button.getAttribute("aria-disabled")) === "false");
    await button.click();
    await until("it has started another", async () => posts(watched).length === 2);
  });

  test("also for who did not know of it, and asks too early", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school], { LAUNCHER_COOLDOWN_SECONDS: "300" });
    const [first, second] = [await visit(launcher), await visit(launcher)];
    await second.page.getByText("Not refreshed here yet", { exact: true }).waitFor();
    await refresh(first.page);
    await refreshButton(second.page).click();
    await second.page.getByText(/^Next refresh in [45]:\d\d$/).waitFor();
    expect(await told(second.page).innerText()).toContain("ended a moment ago");
    await until("the new figures are there", async () => (await tile(second.page, "Students")) === "3");
  });
});

describe("Knack", () => {
  test("that fails is told in a sentence, with a run to quote, and can be tried again", async () => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]));
    await knackFault(school, { status: { code: 500, body: "<h1>oops</h1>" } });
    const told = await refresh(page);
    expect(told).toContain("The refresh did not finish");
    expect(told).toContain("Knack");
    expect(told).toMatch(RUN_ID);
    expect(told).not.toContain("oops");
    expect(await scores(school)).toEqual([]);
    await clearFaults();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Updated 3 students: 3 new").waitFor();
  });

  test("that refuses our key is told without an offer to try again", async () => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]));
    await knackFault(school, { status: { code: 401, body: "Unauthorized" } });
    const said = await refresh(page);
    expect(said).toContain("knack_refused");
    expect(said).toMatch(RUN_ID);
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  });
});

test("rows that the database refuses are a warning that stays, and all others are there", async () => {
  const school = await newSchool(3);
  const { page } = await visit(await startLauncher([school]));
  await supabaseFault(
    { method: "POST", table: "students" },
    { check_violation: { row_contains: email(school, 2) } },
  );
  const said = await refresh(page);
  expect(said).toContain("Updated with 1 problem");
  expect(said).not.toContain(email(school, 2));
  expect(await scores(school)).toHaveLength(2);
});

test("a launcher that is killed and comes back is found again, and no more is claimed than is known", async () => {
  const school = await newSchool();
  const launcher = await startLauncher([school]);
  const watched = await visit(launcher);
  const { page } = watched;
  await knackFault(school, "hang");
  await refreshButton(page).click();
  await shown(page, "Fetching from Knack").waitFor();
  await launcher.stop("SIGKILL");
  await shown(page, "Connection lost").waitFor();
  await startLauncher([school], { LAUNCHER_BIND: new URL(launcher.url).host });
  // It knows other tokens, so the page is signed out.
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByText("You were signed out").waitFor();
  expect(posts(watched)).toHaveLength(1);
});

test("a launcher that ends says so, and the refresh can be started again", async () => {
  const school = await newSchool();
  const launcher = await startLauncher([school]);
  const { page } = await visit(launcher);
  await knackFault(school, "hang");
  await refreshButton(page).click();
  await shown(page, "Fetching from Knack").waitFor();
  await launcher.stop();
  const said = await ending(page);
  expect(said).toContain("restarting");
  expect(said).toContain("Try again");
});
