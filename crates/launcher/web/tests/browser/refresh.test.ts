import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, posts, visit } from "./support/browser";
import {
  dialog,
  ending,
  refresh,
  refreshButton,
  shown,
  tile,
  told,
  until,
  visionOfCycle1,
} from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import { wireTo } from "./support/wire";
import { clearFaults, enrol, knackFault, newSchool, refreshesLogged, scores } from "./support/world";

const SLOWLY = { delay_ms: 3_000 };

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

describe("pressing the button", () => {
  test("changes the figures on the page and in PostgreSQL, without a reload", async () => {
    const school = await newSchool(3);
    const { page, complaints } = await visit(await startLauncher([school]));
    await page.evaluate(() => document.body.setAttribute("data-never-reloaded", ""));
    await until("the page shows no students", async () => (await tile(page, "Students")) === "0");

    expect(await refresh(page)).toContain("Updated 3 students: 3 new, in");
    await until("the page shows three students", async () => (await tile(page, "Students")) === "3");
    expect(await visionOfCycle1(page).innerText()).toBe("4.0");
    expect(await scores(school)).toEqual([4, 4, 4]);

    await enrol(school, [1, 2, 3], 9);
    await enrol(school, [4], 9);
    await told(page).getByRole("button", { name: "Dismiss" }).click();
    expect(await refresh(page)).toContain("Updated 4 students: 1 new, 3 already up to date, in");
    await until(
      "the page shows the new average",
      async () => (await visionOfCycle1(page).innerText()) === "9.0",
    );
    expect(await tile(page, "Students")).toBe("4");
    expect(await scores(school)).toEqual([9, 9, 9, 9]);
    expect(await page.locator("body[data-never-reloaded]").count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  test("twice in a row sends one request and starts one refresh", async () => {
    const school = await newSchool();
    const watched = await visit(await startLauncher([school]));
    await refreshButton(watched.page).dblclick();
    await ending(watched.page);
    expect(posts(watched)).toHaveLength(1);
    expect(await refreshesLogged(school)).toBe(1);
  });

  test("when nothing has changed says so", async () => {
    const { page } = await visit(await startLauncher([await newSchool()]));
    await refresh(page);
    await told(page).getByRole("button", { name: "Dismiss" }).click();
    expect(await refresh(page)).toContain("Already up to date: 3 students checked in");
  });

  test("shows the real progress: the phase, and how many of the pupils have come", async () => {
    const school = await newSchool(300);
    await knackFault(school, "hang", 2);
    const { page } = await visit(await startLauncher([school]));
    await refreshButton(page).waitFor();
    const before = await refreshButton(page).boundingBox();
    await refreshButton(page).click();
    await shown(page, "Fetching from Knack").waitFor();
    await shown(page, "Students 125 of 300").waitFor();
    const bar = dialog(page).getByRole("progressbar");
    expect(await bar.getAttribute("aria-valuetext")).toBe("Students 125 of 300");
    expect(await bar.evaluate((it: HTMLProgressElement) => it.value)).toBe(41);
    expect(await refreshButton(page).innerText()).toContain("41 %");
    expect(await refreshButton(page).boundingBox()).toEqual(before);
  });
});

describe("a refresh that goes on", () => {
  test("is joined by another tab, and both are told", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school]);
    const [first, second] = [await visit(launcher), await visit(launcher)];
    await knackFault(school, SLOWLY);
    await refreshButton(first.page).click();
    await shown(first.page, "Fetching from Knack").waitFor();

    await refreshButton(second.page).click();
    await shown(second.page, "This refresh was already running").waitFor();

    expect(await ending(first.page)).toContain("Updated 3 students");
    expect(await ending(second.page)).toContain("Updated 3 students");
    expect(await refreshesLogged(school)).toBe(1);
  });

  test("by somebody else changes the figures of who comes back to their tab afterwards", async () => {
    const launcher = await startLauncher([await newSchool(3)]);
    const [away, other] = [await visit(launcher), await visit(launcher)];
    await until("there are no students yet", async () => (await tile(away.page, "Students")) === "0");
    await refresh(other.page);
    await away.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await until("the new figures are there", async () => (await tile(away.page, "Students")) === "3");
  });

  test("is found again by a reload in the middle, which starts nothing", async () => {
    const school = await newSchool();
    const watched = await visit(await startLauncher([school]));
    const { page } = watched;
    await knackFault(school, SLOWLY);
    await refreshButton(page).click();
    await shown(page, "Fetching from Knack").waitFor();
    await page.reload();
    await until("the button shows it", async () =>
      (await refreshButton(page).innerText()).includes("Refreshing"),
    );
    expect(await dialog(page).count()).toBe(0);
    expect(await ending(page)).toContain("Updated 3 students");
    expect(posts(watched)).toHaveLength(1);
  });

  test("goes on in the background, and its progress can be looked at again", async () => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]));
    await knackFault(school, SLOWLY);
    await refreshButton(page).click();
    await page.keyboard.press("Escape");
    expect(await dialog(page).count()).toBe(0);
    await refreshButton(page).click();
    await dialog(page).getByRole("button", { name: "Run in background" }).click();
    expect(await ending(page)).toContain("Updated 3 students");
  });

  test("survives some seconds without a network", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school]);
    const wire = await wireTo(launcher.url);
    const watched = await visit({ ...launcher, url: wire.url });
    const { page } = watched;
    await knackFault(school, SLOWLY);
    await refreshButton(page).click();
    await shown(page, "Fetching from Knack").waitFor();
    wire.cut();
    await shown(page, "Connection lost, the refresh is still running").waitFor();
    wire.mend();
    expect(await ending(page)).toContain("Updated 3 students");
    expect(posts(watched)).toHaveLength(1);
    await page.context().close();
    await wire.remove();
  });

  test("can be stopped: nothing has changed, and it can be started again", async () => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]));
    await knackFault(school, "hang");
    await refreshButton(page).click();
    await shown(page, "Fetching from Knack").waitFor();
    await dialog(page).getByRole("button", { name: "Cancel refresh" }).click();
    expect(await ending(page)).toContain("Cancelled");
    expect(await scores(school)).toEqual([]);
    await clearFaults();
    await told(page).getByRole("button", { name: "Dismiss" }).click();
    expect(await refresh(page)).toContain("Updated 3 students");
  });
});
