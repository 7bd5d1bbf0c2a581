// What the page asks of people who open it, by what the launcher accepts.
import { afterAll, afterEach, describe, expect, test } from "vitest";

import { closeBrowser, visit } from "../support/browser";
import { refreshButton } from "../support/dashboard";
import { startLauncher, stopAll } from "../support/launcher";
import { newSchool } from "../support/sandbox";

afterEach(stopAll);
afterAll(closeBrowser);

const KNACK = { LAUNCHER_CORS_ORIGINS: "https://school.knack.example" };

describe("where users are recognised by Knack", () => {
  test("the page says where to open it, and asks for no token", async () => {
    const launcher = await startLauncher([], { ...KNACK, LAUNCHER_AUTH: "knack-token" });
    const { page } = await visit(launcher, { token: "" });
    await page.getByRole("heading", { name: "Open the dashboard in Knack" }).waitFor();
    const link = page.getByRole("link", { name: "Open school.knack.example" });
    expect(await link.getAttribute("href")).toBe("https://school.knack.example");
    expect(await page.locator("input").count()).toBe(0);
  });

  test("and by tokens, the page offers both", async () => {
    const launcher = await startLauncher([], { ...KNACK, LAUNCHER_AUTH: "token,knack-token" });
    const { page } = await visit(launcher, { token: "" });
    await page.getByLabel("Access token").waitFor();
    await page.getByRole("link", { name: "Open school.knack.example" }).waitFor();
  });
});

describe("a token that has ended", () => {
  test("is said to have, after a reload and during use, and one that was mistyped is not", async () => {
    const launcher = await startLauncher([await newSchool()]);
    const { page } = await visit(launcher);
    await refreshButton(page).waitFor();
    await page.evaluate(() => sessionStorage.setItem("vespa-token", "vsr_revoked"));
    await refreshButton(page).click();
    await page.getByText("because your access token is no longer valid").waitFor();
    await page.getByLabel("Access token").fill("mistyped");
    await page.keyboard.press("Enter");
    await page.getByText("This access token is not valid").waitFor();

    const ended = await visit(launcher, { token: "vsr_of_yesterday" });
    await ended.page.getByText("because your access token is no longer valid").waitFor();
  });
});

test("where nobody has to sign in, nobody can sign out", async () => {
  const { page } = await visit(await startLauncher([], { LAUNCHER_AUTH: "none" }), { token: "" });
  await page.getByRole("heading", { name: "Schools" }).waitFor();
  expect(await page.getByRole("button", { name: "Sign out" }).count()).toBe(0);
});
