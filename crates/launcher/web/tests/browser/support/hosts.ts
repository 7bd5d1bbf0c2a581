// Pages with the kinds of style sheets that dashboards have, and the package in them. Its client does what the test says, so
// that every state can be looked at.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { build } from "vite";

import { blankPage } from "./browser";
import { HOSTILE_HOSTS } from "./hostile-hosts";

const WEB = process.cwd();
const require = createRequire(import.meta.url);
const sheet = (name: string) => readFileSync(require.resolve(name), "utf8");

/** Own words for the kinds of rules that the real dashboard and the pages of Knack have. */
const DASHBOARD = `
  * { margin: 0; padding: 0; box-sizing: border-box; }
  body { background: #0f172a; color: #e2e8f0; line-height: 1.6; }
  h1, h2, h3, h4, h5, h6 { color: #fff; font-weight: 300; text-transform: uppercase; letter-spacing: 0.1em; }
  p { color: #cbd5e1; margin-bottom: 1rem; text-indent: 1em; }
  a, summary { color: #38bdf8; }
  ul { list-style: none; display: flex; }
  li::before { content: "»"; color: #0f172a; }
  button { background: #fff; color: #fff; border: 0; width: 100%; text-transform: uppercase; font-size: 10px; float: right;
    box-shadow: 0 0 9px red; min-width: 9rem; transition: all 2s; }
  button:hover { transform: scale(1.4); }
  button::after { content: " »"; }
  button:focus { outline: none; }
  dialog { color: #fff; position: static; padding: 0; width: 100vw; }
  dialog::backdrop { background: none; }
  progress { display: none; }
  span, time { color: #334155; font-size: 9px; }
  section { padding: 4rem; background: #000; }
  svg { width: 100%; fill: red; }
  .header { display: flex; justify-content: flex-end; gap: 1rem; padding: 1rem; transform: translateZ(0); overflow: hidden;
    font-size: 12px; text-align: right; white-space: nowrap; text-transform: uppercase; }
  .header button, .header p, .header h2, .header span { color: #475569; line-height: 3; }
  .modal { position: fixed; z-index: 10000; }`;

export interface Host {
  css: string;
  attributes?: string;
  options?: BrowserContextOptions;
  isInShadow?: boolean;
  headerAttributes?: string;
  isRightToLeft?: boolean;
  /** Lengths of the page are not the window's. */
  isScaled?: boolean;
  /** Only what is in the top layer can be clicked. */
  isCovered?: boolean;
}

const dark = "body { background: #111827; color: #f3f4f6; }";

export const HOSTS: Record<string, Host> = {
  "no style sheet": { css: "" },
  "the real dashboard's kind of rules": { css: DASHBOARD },
  "Tailwind's preflight": { css: sheet("tailwindcss/preflight.css") },
  "Tailwind's preflight on a dark page": { css: sheet("tailwindcss/preflight.css") + dark },
  "modern-normalize": { css: sheet("modern-normalize") },
  "sanitize.css": { css: sheet("sanitize.css") },
  "the-new-css-reset": { css: sheet("the-new-css-reset/css/reset.css") },
  "a dark page without color-scheme": { css: dark },
  "a dark gradient": { css: ".header { background: linear-gradient(135deg, #1e3a8a, #312e81); }" },
  "a teal header": { css: ".header { background: #00a5a8; }" },
  "a grey header": { css: ".header { background: rgb(128 128 128); }" },
  "a translucent header on a dark page": { css: `${dark} .header { background: rgb(255 255 255 / 0.08); }` },
  "a dark color-scheme": {
    css: ":root { color-scheme: light dark; }",
    options: { colorScheme: "dark" },
  },
  "a light page for users who prefer dark": {
    css: "body { background: #fff; color: #111; }",
    options: { colorScheme: "dark" },
  },
  "right to left": { css: DASHBOARD, attributes: 'dir="rtl"', isRightToLeft: true },
  "a font size of 62.5 %": { css: "html { font-size: 62.5%; }" },
  "a shadow root": { css: DASHBOARD, isInShadow: true },
  "forced colours": { css: DASHBOARD, options: { forcedColors: "active" } },
  "forced colours, dark": { css: "", options: { forcedColors: "active", colorScheme: "dark" } },
  ...HOSTILE_HOSTS,
};

const SCRIPT = `
  import { createApp, h, reactive } from "vue";
  import { LastUpdated, RefreshButton, SchoolRefresh, useSchoolRefresh } from "./dist/package/index.js";
  import style from "./dist/package/style.css?inline";
  window.mount = (status, isInShadow) => {
    let host = document.querySelector("#app");
    let styles = document.head;
    if (isInShadow) {
      styles = host.attachShadow({ mode: "open" });
      host = styles.appendChild(document.createElement("div"));
    }
    styles.append(Object.assign(document.createElement("style"), { textContent: style }));
    const never = () => new Promise(() => {});
    window.asked = { status: 0, start: 0 };
    const client = {
      baseUrl: "", run: async () => window.run_, cancel: never,
      status: async (id) => { asked.status += 1; return { ...window.status_, establishmentId: id }; },
      start: async () => { asked.start += 1; return { run: window.run_, joined: false }; },
      follow: (id, follower) => new Promise((resolve) => { window.report = (run) => follower.onRun(run); }),
    };
    window.status_ = status;
    window.client = client;
    window.vsr = (selector) => (isInShadow ? styles : document).querySelector(selector);
    window.vsrAll = (selector) => [...(isInShadow ? styles : document).querySelectorAll(selector)];
    const props = { client, establishmentId: status.establishmentId, theme: window.theme };
    createApp({ render: () => h(SchoolRefresh, props) }).mount(host);
    // A dashboard that shows schools in as many places as the test says, and changes what it passes to them.
    window.mountPlaces = (places) => {
      window.places = reactive(places);
      createApp({ render: () => window.places.map((place) => h(SchoolRefresh, { client, ...place })) })
        .mount(document.body.appendChild(Object.assign(document.createElement("div"), { id: "places" })));
    };
    // The button in the dashboard's header, and the data's age in its main part.
    window.mountParts = () => void createApp({ setup() {
      const refresh = useSchoolRefresh(client, status.establishmentId);
      return () => [["div", RefreshButton], ["main", LastUpdated]].map(([name, part]) => h(name, h(part, { refresh })));
    } }).mount(document.body.appendChild(document.createElement("div")));
  };`;

/** One script of this code, Vue, and the package as it is committed, or with these texts of it replaced. */
export async function bundle(code: string, replaced: Record<string, string> = {}): Promise<string> {
  const id = join(WEB, "host.js");
  const result = await build({
    root: WEB,
    configFile: false,
    logLevel: "silent",
    define: { "process.env.NODE_ENV": '"production"' },
    plugins: [
      {
        name: "host",
        resolveId: (name) => (name === id ? id : null),
        load: (name) => (name === id ? code : null),
        transform: (text, name) =>
          name.endsWith("dist/package/index.js")
            ? Object.entries(replaced).reduce((all, [from, to]) => all.replaceAll(from, to), text)
            : null,
      },
    ],
    build: { write: false, lib: { entry: id, formats: ["iife"], name: "host" } },
  });
  const [{ output }] = result as unknown as [{ output: { code: string }[] }];
  return output[0]!.code;
}

let script: Promise<string> | undefined;

/** What the page of a host runs, with functions that mount the package. */
export function hostScript(): Promise<string> {
  return (script ??= bundle(SCRIPT));
}

const SCHOOL = "61680fc13a0bfd001e8ca3ca";

export const STATUS = {
  establishmentId: SCHOOL,
  establishmentName: "Alder Park School",
  now: "2026-11-25T12:00:00Z",
  lastRefreshAt: "2026-11-24T18:00:00Z",
  lastFullSyncAt: null,
  stale: false,
  activeRun: null,
  cooldownSeconds: 0,
  usualDurationSeconds: 2,
};

export function pageOf(host: Host): string {
  return `<!doctype html><html lang="en" ${host.attributes ?? ""}><head><style>${host.css}</style>
    <style>html, body, #app { font-family: "DejaVu Sans", sans-serif; }</style></head><body id="page">
    <div class="header" ${host.headerAttributes ?? ""}><div id="app"></div></div><main><p>Figures</p></main></body></html>`;
}

/** Opens the host's page with the package in its header. */
export async function openHost(
  host: Host,
  status: object = STATUS,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { page } = await blankPage({
    viewport: { width: 1000, height: 700 },
    reducedMotion: "reduce",
    ...host.options,
    ...options,
  });
  await page.setContent(pageOf(host));
  await page.addScriptTag({ content: await hostScript() });
  await page.evaluate(
    ([status, isInShadow]) =>
      (window as unknown as { mount(...args: unknown[]): void }).mount(status, isInShadow),
    [status, host.isInShadow ?? false] as const,
  );
  await page.getByText("ago", { exact: false }).first().waitFor();
  return page;
}
