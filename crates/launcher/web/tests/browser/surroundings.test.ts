// The Vue package in unusual places: a frame without an origin, a narrow header, a page with another version of it.
import type { Page } from "playwright-core";
import { afterAll, afterEach, expect, test } from "vitest";

import { blankPage, closeBrowser, picture } from "./support/browser";
import { until } from "./support/dashboard";
import { codeBlock } from "./support/foreign-dashboard";
import { bundle, hostScript, HOSTS, openHost, pageOf, STATUS } from "./support/hosts";
import { boxOf } from "./support/looks";

let page: Page;
afterEach(() => page.context().close());
afterAll(closeBrowser);

const RUN = {
  runId: "11111111-1111-4111-8111-111111111111",
  establishmentId: STATUS.establishmentId,
  establishmentName: STATUS.establishmentName,
  state: "running",
  progress: { phase: "fetching", done: 1_300, total: 2_000 },
  queuePosition: null,
  waiting: null,
  elapsedSeconds: 1,
  summary: null,
  problem: null,
  cache: null,
};

test("in a frame that may keep nothing and has no origin, it does all that it does elsewhere", async () => {
  const watched = await blankPage({ viewport: { width: 1000, height: 700 } });
  page = watched.page;
  const html = `${pageOf({ css: "" })}<script>${(await hostScript()).replaceAll("</script", "<\\/script")}</script>`;
  await page.evaluate((html) => {
    const frame = document.createElement("iframe");
    Object.assign(frame, { srcdoc: html, width: 900, height: 600 });
    frame.setAttribute("sandbox", "allow-scripts");
    document.body.append(frame);
  }, html);
  await until("the frame is loaded", async () => page.frames().length === 2);
  const frame = page.frames()[1]!;
  await frame.waitForFunction(() => "mount" in window);
  expect(await frame.evaluate(() => origin)).toBe("null");
  const storage = frame.evaluate(() => sessionStorage.length);
  await expect(storage).rejects.toThrow("sandboxed");

  await frame.evaluate(
    ([status, run]) => {
      Object.assign(window, { run_: run });
      (window as unknown as { mount(status: object): void }).mount(status);
    },
    [{ ...STATUS, stale: true }, RUN] as const,
  );
  await frame.getByText("Refresh now?").waitFor();
  await frame.getByRole("button", { name: "Not now" }).click();
  await until("it was heard", async () => (await frame.getByText("Refresh now?").count()) === 0);
  await frame.locator(".vsr-box .vsr-button").click();
  await frame.getByRole("dialog").getByText("1,300 of 2,000 records").waitFor();
  await frame.evaluate((run) => (window as unknown as { report(run: object): void }).report(run), {
    ...RUN,
    state: "failed",
    problem: { code: "knack_unavailable", message: "Knack does not respond.", retryable: true },
  });
  await frame.getByText("Knack does not respond.").first().waitFor();
  expect(watched.errors).toEqual([]);
});

test("two versions of the package share a page, and each follows what the other starts", async () => {
  page = await openHost({ css: "" });
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const code = `
    import { createApp, h } from "vue";
    import { SchoolRefresh } from "./dist/package/index.js";
    import style from "./dist/package/style.css?inline";
    document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
    window.mountAnother = (client, establishmentId) => {
      const place = document.body.appendChild(Object.assign(document.createElement("div"), { id: "another" }));
      createApp({ render: () => h(SchoolRefresh, { client, establishmentId }) }).mount(place);
    };`;
  await page.addScriptTag({ content: await bundle(code, { "Refresh Data": "Another version" }) });
  type Both = Window & {
    client: object;
    run_: object;
    mountAnother(client: object, school: string): void;
    report(run: object): void;
  };
  await page.evaluate(
    ([school, run]) => {
      const it = window as unknown as Both;
      it.run_ = run;
      it.mountAnother(it.client, school);
    },
    [STATUS.establishmentId, RUN] as const,
  );
  const [one, other] = [
    page.locator("#app .vsr-box .vsr-button"),
    page.locator("#another .vsr-box .vsr-button"),
  ];
  await other.getByText("Another version").waitFor();
  await page.locator("#another time").waitFor();

  // What a version that is yet to come might say to this one.
  await page.evaluate((school) => {
    for (const name of ["vespa-refresh", "vespa-refresh/1", "vespa-refresh/2"])
      for (const said of [null, "run", { school }, { school, runId: {} }, { v: 2, school: [school] }])
        new BroadcastChannel(name).postMessage(said);
  }, STATUS.establishmentId);
  await other.click();
  await page.getByRole("dialog").getByText("1,300 of 2,000 records").waitFor();
  await one.getByText("Refreshing…").waitFor();
  expect(await page.evaluate(() => (window as unknown as { asked: { start: number } }).asked.start)).toBe(1);
  expect(await page.locator("dialog[open]").count()).toBe(1);

  // One that leaves takes nothing from the one that stays.
  await page.evaluate(() => document.querySelector("#another")!.remove());
  await one.click();
  await page.getByRole("dialog").getByText("1,300 of 2,000 records").waitFor();
  expect(errors).toEqual([]);
});

test("the rules of docs/embedding.md put the age below the button in a narrow header, where nothing moves", async () => {
  const { css } = HOSTS["the real dashboard's kind of rules"]!;
  const header = ".header-right { display: flex; justify-content: flex-end; }";
  const headerAttributes = 'style="overflow: visible"';
  const host = (rules: string) => ({ css: `${css} ${header} ${rules}`, headerAttributes });
  const boxes = async () =>
    await Promise.all([".vsr-school", ".vsr-box .vsr-button", ".vsr-age"].map((it) => boxOf(page, it)));

  page = await openHost(host(""));
  await page.locator("#app").evaluate((it) => it.classList.add("header-right"));
  const [, before, beside] = await boxes();
  expect(beside!.x).toBeGreaterThan(before!.x + before!.width);
  await page.context().close();

  page = await openHost(host(codeBlock("css")));
  await page.locator("#app").evaluate((it) => it.classList.add("header-right"));
  const narrow = await boxes();
  const [school, button, age] = narrow;
  expect(age!.y).toBeGreaterThanOrEqual(button!.y + button!.height);
  expect(Math.abs(button!.width - school!.width)).toBeLessThanOrEqual(1);
  expect(school!.width).toBeLessThan(beside!.x + beside!.width - before!.x);
  await page.evaluate(() => {
    const { status_ } = window as unknown as { status_: object };
    Object.assign(status_, { cooldownSeconds: 290, lastRefreshAt: "2026-11-25T11:59:59Z" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.getByText("Available in 4 min 50 s").first().waitFor();
  await page.getByText("a moment ago").first().waitFor();
  expect(await boxes()).toEqual(narrow);
  await picture(page, "host-narrow-header");
});
