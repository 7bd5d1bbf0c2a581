import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, visit } from "./support/browser";
import { notificationText, refresh, refreshButton, schoolLinks } from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import { newSchool } from "./support/sandbox";

afterEach(stopAll);
afterAll(closeBrowser);

describe("an access token", () => {
  test("is requested, kept for the tab, and sent in a header only", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school]);
    const { page, requests, errors } = await visit(launcher, { token: "" });
    await page.getByLabel("Access token").fill("not a token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This access token is not valid").waitFor();

    await page.getByLabel("Access token").fill(launcher.token);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: school.name }).waitFor();
    await refresh(page);

    expect(requests.some((request) => request.includes(launcher.token))).toBe(false);
    expect(page.url()).not.toContain(launcher.token);
    const elsewhere = await page.evaluate(() => JSON.stringify([localStorage, document.cookie]));
    expect(elsewhere).not.toContain(launcher.token);
    expect(errors).toEqual([]);

    await page.reload();
    await page.getByRole("heading", { name: school.name }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  test("that is revoked signs the user out and says so", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school]);
    const { page } = await visit(launcher);
    await refreshButton(page).waitFor();
    await page.evaluate(() => sessionStorage.setItem("vespa-token", "vsr_revoked"));
    await refreshButton(page).click();
    await page.getByText("You have been signed out").waitFor();
  });
});

test("a launcher without access control needs no token", async () => {
  const launcher = await startLauncher([], { LAUNCHER_AUTH: "none" });
  const { page } = await visit(launcher, { token: "" });
  await schoolLinks(page).first().waitFor();
});

test("a demo signs in by itself, and its token appears in no address", async () => {
  const launcher = await startLauncher([], { LAUNCHER_AUTH: "", LAUNCHER_TOKENS_FILE: "" }, ["--demo-token"]);
  const { page, requests } = await visit(launcher, { token: "" });
  await schoolLinks(page).first().waitFor();
  const token = await page.evaluate(() => sessionStorage.getItem("vespa-token"));
  expect(token).toMatch(/^vsr_/);
  expect(requests.join()).not.toContain(token);
});

describe("an admin of another school", () => {
  test("sees only their own school, and requests for others are refused", async () => {
    const [own, other] = [await newSchool(), await newSchool()];
    const launcher = await startLauncher([own]);
    const { page } = await visit(launcher);
    await page.getByRole("heading", { name: own.name }).waitFor();
    expect(await page.getByRole("link", { name: "All schools" }).count()).toBe(0);
    const statuses = await page.evaluate(
      async ([id, token]) => {
        const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
        const body = JSON.stringify({ establishmentId: id });
        const requests = [
          fetch("/api/sync/refresh-establishment", { method: "POST", headers, body }),
          fetch(`/api/sync/status?establishmentId=${id}`, { headers }),
          fetch(`/api/establishments/${id}/overview`, { headers }),
        ];
        return (await Promise.all(requests)).map((response) => response.status);
      },
      [other.knackId, launcher.token] as const,
    );
    expect(statuses).toEqual([404, 404, 404]);
  });

  test("changes between their schools", async () => {
    const schools = [await newSchool(2), await newSchool(3)];
    const { page } = await visit(await startLauncher(schools));
    for (const school of schools) {
      await page.getByRole("link", { name: school.name }).click();
      await page.getByRole("heading", { name: school.name }).waitFor();
      await refreshButton(page).click();
      await notificationText(page);
      await page.getByRole("button", { name: "Dismiss" }).click();
      await page.getByRole("link", { name: "All schools" }).click();
    }
    expect(await schoolLinks(page).count()).toBe(2);
  });
});
