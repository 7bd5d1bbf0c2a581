// <school-refresh> on strict pages, and on pages that make, move and change it in every way.
import { afterAll, beforeAll, expect, test } from "vitest";

import { closeBrowser } from "./support/browser";
import { until } from "./support/dashboard";
import { serveElementHost, type ElementHost, type ElementWindow } from "./support/element-host";
import { startLauncher, stopAll, type Launcher } from "./support/launcher";
import { newSchool, type TestSchool } from "./support/sandbox";

let host: ElementHost;
let launcher: Launcher;
let schools: TestSchool[];
beforeAll(async () => {
  host = await serveElementHost();
  schools = await Promise.all([newSchool(3), newSchool(4)]);
  launcher = await startLauncher(schools, { LAUNCHER_CORS_ORIGINS: host.url });
});
afterAll(async () => {
  await stopAll();
  host.close();
  await closeBrowser();
});

const attributes = (school: number) => ({
  "base-url": launcher.url,
  "establishment-id": schools[school]!.knackId,
});

test("works under a policy that allows no inline style and no untrusted HTML", async () => {
  const page = await host.open("/strict");
  await page.evaluate(
    ([attributes, token]) =>
      void (window as unknown as ElementWindow).add(attributes as object, token as string),
    [attributes(0), launcher.token] as const,
  );
  const button = page.locator("school-refresh .vsr-box button");
  await button.waitFor();
  expect(await button.evaluate((it) => getComputedStyle(it).backgroundColor)).toBe("rgb(4, 120, 87)");
  await button.click();
  await page.getByText("Updated 3 students").waitFor();
  expect(await page.evaluate(() => (window as unknown as ElementWindow).violations)).toEqual([]);
});

test("works however the page makes, moves, removes and changes it", async () => {
  const page = await host.open("/");
  const asked: string[] = [];
  page.on("request", (request) => void (request.url().includes("/status") && asked.push(request.url())));
  const button = page.locator("school-refresh .vsr-box button");
  // Before the script, from HTML, with its properties set already.
  await page.evaluate(
    ([{ "base-url": base, "establishment-id": id }, token]) => {
      document.querySelector("main")!.innerHTML =
        `<school-refresh base-url="${base}" establishment-id="${id}"></school-refresh>`;
      document.querySelector("school-refresh")!.getToken = () => token;
    },
    [attributes(1), launcher.token] as const,
  );
  await page.addScriptTag({ url: "/element.js", type: "module" });
  await button.waitFor();
  expect(asked).toHaveLength(1);

  // Moved, in one step and then in two.
  await page.evaluate(() => document.body.append(document.querySelector("school-refresh")!));
  await button.waitFor();
  await page.evaluate(async () => {
    const element = document.querySelector("school-refresh")!;
    element.remove();
    await new Promise((resolve) => setTimeout(resolve, 50));
    document.querySelector("main")!.append(element);
  });
  await button.waitFor();
  expect(await page.locator("school-refresh .vsr-school").count()).toBe(1);

  // Its attributes change, one by one, to nothing and back.
  const set = (name: string, value: string | null) =>
    page.evaluate(
      ([name, value]) => {
        const element = document.querySelector("school-refresh")!;
        if (value === null) element.removeAttribute(name);
        else element.setAttribute(name, value);
      },
      [name, value] as const,
    );
  await set("establishment-id", null);
  await until("nothing is shown without a school", async () => (await button.count()) === 0);
  await set("establishment-id", schools[0]!.knackId);
  await button.waitFor();
  await until("the other school is asked about", async () => asked.at(-1)!.includes(schools[0]!.knackId));
  await set("theme", "dark");
  await page.locator("school-refresh .vsr-dark").first().waitFor();
  await set("theme", "no theme");
  await until("an unknown theme counts as none", async () => (await page.locator(".vsr-dark").count()) === 0);
  await set("lang", "no language");
  await button.waitFor();
  await set("hide-button", "");
  await until("the button is hidden", async () => (await button.count()) === 0);
  await set("hide-button", null);
  await button.waitFor();

  // A second one, made by a script, shares the state; its dialog is the one that opens.
  await page.evaluate(
    ([attributes, token]) =>
      void (window as unknown as ElementWindow).add(attributes as object, token as string),
    [attributes(0), launcher.token] as const,
  );
  await button.nth(1).waitFor();
  await button.nth(1).click();
  await until(
    "both are refreshing or done",
    async () => (await page.locator("school-refresh .vsr-box[class]").count()) === 2,
  );
  await page
    .getByText(/Already up to date|Updated 3 students|Available again/)
    .first()
    .waitFor();
});
