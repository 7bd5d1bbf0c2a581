// The Vue package in dashboards that show it in many places, mount it again and again, and change what they pass to it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, expect, test } from "vitest";

import { closeBrowser } from "./support/browser";
import { until } from "./support/dashboard";
import { openHost, STATUS } from "./support/hosts";

let page: Page;
afterEach(() => page.context().close());
afterAll(closeBrowser);

interface Place {
  establishmentId: string | null;
  lang?: string;
  messages?: object;
  key?: number;
}

type PlacesWindow = Window & {
  asked: { status: number; start: number };
  run_: object;
  places: Place[];
  mountPlaces(places: Place[]): void;
  report(run: object): void;
};

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

const idOf = (n: number) => `61680fc13a0bfd001e8ca3${n.toString(16).padStart(2, "0")}`;
const asked = () => page.evaluate(() => (window as unknown as PlacesWindow).asked);
const buttons = () => page.locator("#places .vsr-box .vsr-button");

async function mount(places: Place[]) {
  page = await openHost({ css: "" });
  await page.evaluate(
    ([places, run]) => {
      const it = window as unknown as PlacesWindow;
      it.run_ = run;
      it.asked.status = 0;
      it.mountPlaces(places);
    },
    [places, RUN] as const,
  );
}

test("ten places of one school ask once, show one dialog, and all show the progress", async () => {
  await mount(Array.from({ length: 10 }, () => ({ establishmentId: idOf(1) })));
  await until("all know the status", async () => (await page.locator("#places time").count()) === 10);
  expect(await asked()).toEqual({ status: 1, start: 0 });
  await buttons().nth(7).click();
  await page.getByRole("dialog").getByText("1,300 of 2,000 records").waitFor();
  expect(await page.locator("dialog[open]").count()).toBe(1);
  await page.getByRole("button", { name: "Run in background" }).click();
  await until("all show it", async () => (await page.getByText("Refreshing…").count()) === 10);
  expect((await asked()).start).toBe(1);
});

test("ten schools ask once each, and a refresh of one is none of another", async () => {
  await mount(Array.from({ length: 10 }, (_, n) => ({ establishmentId: idOf(n) })));
  await until("all know their status", async () => (await page.locator("#places time").count()) === 10);
  expect(await asked()).toEqual({ status: 10, start: 0 });
  await buttons().nth(3).click();
  await page.getByRole("button", { name: "Run in background" }).click();
  await page.getByText("Refreshing…").waitFor();
  expect(await page.getByText("Refreshing…").count()).toBe(1);
});

test("a place that is rendered anew during a refresh goes on with it, without starting another", async () => {
  await mount([{ establishmentId: idOf(1), key: 1 }]);
  await buttons().click();
  await page.getByRole("dialog").getByText("1,300 of 2,000 records").waitFor();
  for (let key = 2; key < 6; key += 1)
    await page.evaluate((key) => void ((window as unknown as PlacesWindow).places[0]!.key = key), key);
  await buttons().getByText("Refreshing…").waitFor();
  expect(await page.locator("#places .vsr-tray").count()).toBe(1);
  expect((await asked()).start).toBe(1);
});

test("places that come and go leave nothing behind, and the last one works", async () => {
  await mount([]);
  await page.evaluate(async (establishmentId) => {
    const { places } = window as unknown as PlacesWindow;
    for (let turn = 0; turn < 20; turn += 1) {
      places.push({ establishmentId }, { establishmentId });
      if (turn % 3) await new Promise((resolve) => requestAnimationFrame(resolve));
      places.length = 0;
      if (turn % 2) await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    places.push({ establishmentId });
  }, idOf(1));
  await page.locator("#places time").waitFor();
  expect(await page.locator("#places .vsr-school").count()).toBe(1);
  await buttons().click();
  await page.getByRole("dialog").getByText("1,300 of 2,000 records").waitFor();
  expect((await asked()).start).toBe(1);
});

test("language and texts change while the dialog is open, in the place that they were passed to", async () => {
  await mount([{ establishmentId: idOf(1) }, { establishmentId: idOf(1) }]);
  await buttons().first().click();
  await page.getByRole("dialog").getByText("1,300 of 2,000 records").waitFor();
  await page.evaluate(() => {
    const [place] = (window as unknown as PlacesWindow).places;
    place!.lang = "de";
    place!.messages = { dialogTitle: "Daten werden aktualisiert", refreshing: "Läuft…" };
  });
  await page.getByRole("dialog").getByText("1.300 of 2.000 records").waitFor();
  await page.getByRole("heading", { name: "Daten werden aktualisiert" }).waitFor();
  expect(await page.getByText("Läuft…").count()).toBe(1);
  await page.evaluate(() => delete (window as unknown as PlacesWindow).places[0]!.messages);
  await page.getByRole("heading", { name: "Refreshing Data…" }).waitFor();
});

test("a page that was frozen in the background goes on where the refresh is", async () => {
  await mount([{ establishmentId: idOf(1) }]);
  await buttons().click();
  await page.getByRole("dialog").getByText("1,300 of 2,000 records").waitFor();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
  await devtools.send("Page.setWebLifecycleState", { state: "active" });
  await page.evaluate((run) => (window as unknown as PlacesWindow).report(run), {
    ...RUN,
    progress: { phase: "writing", done: 30, total: 60 },
  });
  await page.getByRole("dialog").getByText("30 of 60 changes").waitFor();
  await page
    .getByRole("dialog")
    .getByText(/^Elapsed: [1-9]/)
    .waitFor();
});

test("the package and the custom element, each with its own Vue, share a page", async () => {
  await mount([{ establishmentId: idOf(1) }]);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.route("https://refresh.example.org/**", (route) =>
    route.fulfill({ json: STATUS, headers: { "Access-Control-Allow-Origin": "*" } }),
  );
  const script = readFileSync(join(process.cwd(), "dist/package/element.js"), "utf8");
  await page.addScriptTag({ content: script, type: "module" });
  await page.evaluate((id) => {
    const element = document.createElement("school-refresh");
    element.setAttribute("base-url", "https://refresh.example.org");
    element.setAttribute("establishment-id", id);
    document.body.append(element);
  }, idOf(2));
  await page.locator("school-refresh .vsr-age").getByText("ago").waitFor();
  await buttons().click();
  await page.getByRole("dialog").getByText("1,300 of 2,000 records").waitFor();
  expect(await page.locator("dialog[open]").count()).toBe(1);
  await page.evaluate(() => document.querySelector("#places")!.remove());
  await page.locator("school-refresh .vsr-box button").waitFor();
  expect(errors).toEqual([]);
});
