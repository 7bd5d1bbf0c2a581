import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, posts, visit } from "./support/browser";
import { notificationText, refresh, refreshButton, dialogText, tile, until } from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import {
  clearFaults,
  email,
  knackFault,
  newSchool,
  refuseKey,
  scores,
  supabaseFault,
} from "./support/sandbox";

const RUN_ID = /run [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/;

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

describe("the cooldown after a refresh", () => {
  test("counts down beside the button, which is then available without a reload", async () => {
    const launcher = await startLauncher([await newSchool()], { LAUNCHER_COOLDOWN_SECONDS: "5" });
    const watched = await visit(launcher);
    const { page } = watched;
    await refresh(page);
    const button = refreshButton(page);
    await until(
      "the cooldown has begun",
      async () => (await button.getAttribute("aria-disabled")) === "true",
    );
    const reason = page.locator(`[id="${await button.getAttribute("aria-describedby")}"]`);
    expect(await reason.innerText()).toBe("Available in a moment");
    await page.getByText(/^Available in [1-5]\ss$/).waitFor();
    await button.click({ force: true });
    expect(posts(watched)).toHaveLength(1);
    await until("the cooldown is over", async () => (await button.getAttribute("aria-disabled")) === "false");
    await button.click();
    await until("another refresh has started", async () => posts(watched).length === 2);
  });

  test("also applies to a tab that had not heard of the refresh", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school], { LAUNCHER_COOLDOWN_SECONDS: "300" });
    const [first, second] = [await visit(launcher), await visit(launcher)];
    await second.page.getByText("Not refreshed here yet", { exact: true }).waitFor();
    await refresh(first.page);
    await refreshButton(second.page).click();
    await second.page.getByText(/^Available in [45]\smin(\s\d+\ss)?$/).waitFor();
    const text = await notificationText(second.page);
    expect(text).toContain("had just been refreshed");
    expect(text).toContain("Updated 3 students");
    await until("the new figures are shown", async () => (await tile(second.page, "Students")) === "3");
  });
});

describe("a failure of Knack", () => {
  test("is reported in a sentence with a reference, and can be tried again", async () => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]));
    await knackFault(school, { status: { code: 500, body: "<h1>oops</h1>" } });
    const text = await refresh(page);
    expect(text).toContain("Refresh failed");
    expect(text).toContain("Knack");
    expect(text).toMatch(RUN_ID);
    expect(text).not.toContain("oops");
    expect(await scores(school)).toEqual([]);
    await clearFaults();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Updated 3 students in").waitFor();
  });

  test("that comes from a refused key does not offer to try again", async () => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]));
    await refuseKey(school);
    const text = await refresh(page);
    expect(text).toContain("knack_refused");
    expect(text).toMatch(RUN_ID);
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  });
});

test("rows that the database refuses are reported as a warning, and all others are saved", async () => {
  const school = await newSchool(3);
  const { page } = await visit(await startLauncher([school]));
  await supabaseFault(
    { method: "POST", table: "students" },
    { check_violation: { row_contains: email(school, 2) } },
  );
  const text = await refresh(page);
  expect(text).toContain("Data refreshed with 1 problem");
  expect(text).not.toContain(email(school, 2));
  expect(await scores(school)).toHaveLength(2);
});

describe("something on the way that answers in the launcher's place", () => {
  const page200 = { status: 200, contentType: "text/html", body: "<h1>This site is blocked</h1>" };
  test.each([
    ["a filter's page", page200],
    ["a page that calls itself a stream", { ...page200, contentType: "text/event-stream" }],
    ["JSON", { status: 200, contentType: "application/json", body: "{}" }],
    ["a redirect to a sign-in page", { status: 302, headers: { Location: "http://localhost:1/sign-in" } }],
  ])("does not hide the end of a refresh whose events it answers by %s", async (_, answer) => {
    const school = await newSchool();
    const watched = await visit(await startLauncher([school]));
    const { page } = watched;
    await page.route("**/events", (route) => route.fulfill(answer));
    expect(await refresh(page)).toContain("Updated 3 students");
    expect(posts(watched)).toHaveLength(1);
  });

  test("is not taken for the run's state or the school's status", async () => {
    const school = await newSchool();
    const watched = await visit(await startLauncher([school]));
    const { page } = watched;
    let answered = 0;
    await page.route("**/events", (route) => route.fulfill(page200));
    await page.route(/\/api\/sync\/(runs\/[^/]+|status.*)$/, (route) =>
      (answered += 1) > 3 ? route.continue() : route.fulfill(page200),
    );
    await refreshButton(page).click();
    await dialogText(page, "Connection lost").waitFor();
    expect(await notificationText(page)).toContain("Updated 3 students");
    expect(posts(watched)).toHaveLength(1);
  });
});

test("the age of the data is right on a computer whose clock is wrong", async () => {
  const school = await newSchool();
  const { page } = await visit(await startLauncher([school]));
  await refresh(page);
  for (const hours of [26, -26]) {
    await page.addInitScript((wrong) => {
      const now = Date.now;
      Date.now = () => now() + wrong * 3_600_000;
    }, hours);
    await page.reload();
    await page.getByText("Last refreshed here a moment ago", { exact: true }).waitFor();
  }
});

test("after a launcher was killed and has restarted, the page connects again and claims nothing about the run", async () => {
  const school = await newSchool();
  const launcher = await startLauncher([school]);
  const watched = await visit(launcher);
  const { page } = watched;
  await knackFault(school, "hang");
  await refreshButton(page).click();
  await dialogText(page, "Fetching from Knack").waitFor();
  await launcher.stop("SIGKILL");
  await dialogText(page, "Connection lost").waitFor();
  await startLauncher([school], { LAUNCHER_BIND: new URL(launcher.url).host });
  // The new launcher knows other tokens, so the page signs the user out.
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByText("You have been signed out").waitFor();
  expect(posts(watched)).toHaveLength(1);
});

test("a launcher that shuts down says so, and the refresh can be tried again", async () => {
  const school = await newSchool();
  const launcher = await startLauncher([school]);
  const { page } = await visit(launcher);
  await knackFault(school, "hang");
  await refreshButton(page).click();
  await dialogText(page, "Fetching from Knack").waitFor();
  await launcher.stop();
  const text = await notificationText(page);
  expect(text).toContain("shutting down");
  expect(text).toContain("Try again");
});
