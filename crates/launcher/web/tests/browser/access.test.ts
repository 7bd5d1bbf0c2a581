import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, visit } from "./support/browser";
import { ending, refresh, refreshButton, schoolPicker } from "./support/dashboard";
import { startLauncher, stopAll } from "./support/launcher";
import { newSchool } from "./support/world";

afterEach(stopAll);
afterAll(closeBrowser);

describe("the access token", () => {
  test("is asked for, kept for the tab, and sent in a header alone", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school]);
    const { page, requests, complaints } = await visit(launcher, { token: "" });
    await page.getByLabel("Access token").fill("not a token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This token is not valid").waitFor();

    await page.getByLabel("Access token").fill(launcher.token);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: school.name }).waitFor();
    await refresh(page);

    expect(requests.some((request) => request.includes(launcher.token))).toBe(false);
    expect(page.url()).not.toContain(launcher.token);
    const elsewhere = await page.evaluate(() => JSON.stringify([localStorage, document.cookie]));
    expect(elsewhere).not.toContain(launcher.token);
    expect(complaints).toEqual([]);

    await page.reload();
    await page.getByRole("heading", { name: school.name }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  test("that is revoked signs out, with a word about it", async () => {
    const school = await newSchool();
    const launcher = await startLauncher([school]);
    const { page } = await visit(launcher);
    await refreshButton(page).waitFor();
    await page.evaluate(() => sessionStorage.setItem("vespa-token", "vsr_revoked"));
    await refreshButton(page).click();
    await page.getByText("You were signed out").waitFor();
  });
});

test("a launcher that lets in everybody on its machine needs no token", async () => {
  const launcher = await startLauncher([], { LAUNCHER_AUTH: "none" });
  const { page } = await visit(launcher, { token: "" });
  await schoolPicker(page).waitFor();
});

test("a demonstration signs in by itself, with a token that it is given and no address shows", async () => {
  const launcher = await startLauncher([], { LAUNCHER_AUTH: "", LAUNCHER_TOKENS_FILE: "" }, ["--demo-token"]);
  const { page, requests } = await visit(launcher, { token: "" });
  await schoolPicker(page).waitFor();
  const token = await page.evaluate(() => sessionStorage.getItem("vespa-token"));
  expect(token).toMatch(/^vsr_/);
  expect(requests.join()).not.toContain(token);
});

describe("an admin of another school", () => {
  test("sees their own school and no other, and is refused where they ask all the same", async () => {
    const [own, other] = [await newSchool(), await newSchool()];
    const launcher = await startLauncher([own]);
    const { page } = await visit(launcher);
    await page.getByRole("heading", { name: own.name }).waitFor();
    const schools = await schoolPicker(page).getByRole("option").allInnerTexts();
    expect(schools).toEqual([own.name]);
    const statuses = await page.evaluate(
      async ([id, token]) => {
        const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
        const body = JSON.stringify({ establishmentId: id });
        const asked = [
          fetch("/api/sync/refresh-establishment", { method: "POST", headers, body }),
          fetch(`/api/sync/status?establishmentId=${id}`, { headers }),
          fetch(`/api/establishments/${id}/overview`, { headers }),
        ];
        return (await Promise.all(asked)).map((answer) => answer.status);
      },
      [other.knackId, launcher.token] as const,
    );
    expect(statuses).toEqual([403, 403, 403]);
  });

  test("changes between their schools, and comes back to the last one after a reload", async () => {
    const schools = [await newSchool(2), await newSchool(3)];
    const { page } = await visit(await startLauncher(schools));
    for (const school of schools) {
      await schoolPicker(page).selectOption({ label: school.name });
      await page.getByRole("heading", { name: school.name }).waitFor();
      await refreshButton(page).click();
      await ending(page);
      await page.getByRole("button", { name: "Dismiss" }).click();
    }
    await page.reload();
    await page.getByRole("heading", { name: schools[1]!.name }).waitFor();
  });
});
