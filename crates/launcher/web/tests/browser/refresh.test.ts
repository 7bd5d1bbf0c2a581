import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, posts, visit } from "./support/browser";
import {
  dialog,
  notificationText,
  refresh,
  refreshButton,
  dialogText,
  notRefreshedYet,
  tile,
  notification,
  until,
  visionOfCycle1,
} from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import { proxyTo } from "./support/proxy";
import {
  answer,
  clearFaults,
  enrol,
  knackFault,
  newSchool,
  refreshesLogged,
  scores,
} from "./support/sandbox";

const SLOW = { delay_ms: 3_000 };

afterEach(async () => {
  await clearFaults();
  await stopAll();
});
afterAll(closeBrowser);

describe("pressing the button", () => {
  test("changes the figures on the page and in PostgreSQL without a reload", async () => {
    const school = await newSchool(3);
    const { page, errors } = await visit(await startLauncher([school]));
    await page.evaluate(() => document.body.setAttribute("data-never-reloaded", ""));
    await notRefreshedYet(page).waitFor();

    expect(await refresh(page)).toContain("Updated 3 students in");
    await until("the page shows three students", async () => (await tile(page, "Students")) === "3");
    expect(await visionOfCycle1(page).innerText()).toBe("4.0");
    expect(await scores(school)).toEqual([4, 4, 4]);

    await enrol(school, [1, 2, 3], 9);
    await enrol(school, [4], 9);
    await notification(page).getByRole("button", { name: "Dismiss" }).click();
    expect(await refresh(page)).toContain("Updated 1 of 4 students in");
    await until(
      "the page shows the new average",
      async () => (await visionOfCycle1(page).innerText()) === "9.0",
    );
    expect(await tile(page, "Students")).toBe("4");
    expect(await scores(school)).toEqual([9, 9, 9, 9]);
    expect(await page.locator("body[data-never-reloaded]").count()).toBe(1);
    expect(errors).toEqual([]);
  });

  test("shows exam readiness by the answers, and none where there are none", async () => {
    const school = await newSchool(3);
    const { page } = await visit(await startLauncher([school]));
    await refresh(page);
    const readiness = page.getByRole("row", { name: "Exam readiness" }).getByRole("cell").first();
    await until("there are no answers", async () => (await readiness.innerText()) === "–");
    expect(await tile(page, "Answers")).toBe("0");

    await answer(school, 1, [5, 4, 3]);
    await notification(page).getByRole("button", { name: "Dismiss" }).click();
    await refresh(page);
    await until("the answers are shown", async () => (await readiness.innerText()) === "4.0");
    expect(await tile(page, "Answers")).toBe("9");
    expect(await visionOfCycle1(page).innerText()).toBe("4.0");
  });

  test("twice sends one request and starts one refresh", async () => {
    const school = await newSchool();
    const watched = await visit(await startLauncher([school]));
    await refreshButton(watched.page).dblclick();
    await notificationText(watched.page);
    expect(posts(watched)).toHaveLength(1);
    expect(await refreshesLogged(school)).toBe(1);
  });

  test("when nothing has changed says so", async () => {
    const { page } = await visit(await startLauncher([await newSchool()]));
    await refresh(page);
    await notification(page).getByRole("button", { name: "Dismiss" }).click();
    expect(await refresh(page)).toContain("Checked 3 students in");
  });

  test("shows the phase, and how many records have been fetched", async () => {
    const school = await newSchool(300);
    await knackFault(school, "hang", 2);
    const { page } = await visit(await startLauncher([school]));
    await refreshButton(page).waitFor();
    const before = await refreshButton(page).boundingBox();
    await refreshButton(page).click();
    await dialogText(page, "Fetching from Knack").waitFor();
    const count = dialog(page).getByText(/^[\d,]+ of [\d,]+ records$/);
    await count.waitFor();
    const bar = dialog(page).getByRole("progressbar");
    await until("the bar, its text and the button say the same", async () => {
      const text = await count.innerText();
      const percent = await bar.evaluate((element: HTMLProgressElement) => element.value);
      return (
        percent > 2 &&
        (await bar.getAttribute("aria-valuetext")) === text &&
        (await refreshButton(page).innerText()).includes(`${percent}%`)
      );
    });
    expect(await refreshButton(page).boundingBox()).toEqual(before);
  });
});

describe("a running refresh", () => {
  test("is joined by another tab, and both show the result", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school]);
    const [first, second] = [await visit(launcher), await visit(launcher)];
    await knackFault(school, SLOW);
    await refreshButton(first.page).click();
    await dialogText(first.page, "Fetching from Knack").waitFor();

    await refreshButton(second.page).click();
    await dialogText(second.page, "This refresh was already running").waitFor();

    expect(await notificationText(first.page)).toContain("Updated 3 students");
    expect(await notificationText(second.page)).toContain("Updated 3 students");
    expect(await refreshesLogged(school)).toBe(1);
  });

  test("by someone else changes the figures of a tab that becomes visible afterwards", async () => {
    const launcher = await startLauncher([await newSchool(3)]);
    const [away, other] = [await visit(launcher), await visit(launcher)];
    await notRefreshedYet(away.page).waitFor();
    await refresh(other.page);
    await away.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await until("the new figures are shown", async () => (await tile(away.page, "Students")) === "3");
  });

  test("is found again after a reload, which starts nothing", async () => {
    const school = await newSchool();
    const watched = await visit(await startLauncher([school]));
    const { page } = watched;
    await knackFault(school, SLOW);
    await refreshButton(page).click();
    await dialogText(page, "Fetching from Knack").waitFor();
    await page.reload();
    await until("the button shows the refresh", async () =>
      (await refreshButton(page).innerText()).includes("Refreshing"),
    );
    expect(await dialog(page).count()).toBe(0);
    expect(await notificationText(page)).toContain("Updated 3 students");
    expect(posts(watched)).toHaveLength(1);
  });

  test("continues in the background, and its progress can be shown again", async () => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]));
    await knackFault(school, SLOW);
    await refreshButton(page).click();
    await page.keyboard.press("Escape");
    expect(await dialog(page).count()).toBe(0);
    await refreshButton(page).click();
    await dialog(page).getByRole("button", { name: "Run in background" }).click();
    expect(await notificationText(page)).toContain("Updated 3 students");
  });

  test("survives a few seconds without a network", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school]);
    const proxy = await proxyTo(launcher.url);
    const watched = await visit({ ...launcher, url: proxy.url });
    const { page } = watched;
    await knackFault(school, SLOW);
    await refreshButton(page).click();
    await dialogText(page, "Fetching from Knack").waitFor();
    proxy.cut();
    await dialogText(page, "Connection lost").waitFor();
    proxy.mend();
    expect(await notificationText(page)).toContain("Updated 3 students");
    expect(posts(watched)).toHaveLength(1);
    await page.context().close();
    await proxy.remove();
  });

  test("can be cancelled before anything has changed, and started again", async () => {
    const school = await newSchool();
    const { page } = await visit(await startLauncher([school]));
    await knackFault(school, "hang");
    await refreshButton(page).click();
    await dialogText(page, "Fetching from Knack").waitFor();
    await dialog(page).getByRole("button", { name: "Cancel refresh" }).click();
    expect(await notificationText(page)).toContain("Refresh cancelled");
    expect(await scores(school)).toEqual([]);
    await clearFaults();
    await notification(page).getByRole("button", { name: "Dismiss" }).click();
    expect(await refresh(page)).toContain("Updated 3 students");
  });
});
