import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { codeBlocks, pack, Project } from "./support/project";

let packed: ReturnType<typeof pack>;
let project: Project;
beforeAll(() => {
  packed = pack();
});
afterEach(() => project.remove());
afterAll(() => packed.remove());

const SCHOOL = "61680fc13a0bfd001e8ca3ca";
const [javaScript, typeScript] = codeBlocks("README.md", "vue") as [string, string];
const app = (script: string, props: string) => `<script setup${script}>
import RefreshPanel from "./RefreshPanel.vue";
const reload = async () => {};
</script>
<template><RefreshPanel establishment-id="${SCHOOL}" ${props} /></template>`;

test("has its README, licence, changelog and source maps, and no declaration but its entries'", () => {
  project = new Project(packed.tarball);
  const names = project.list("node_modules/vespa-refresh");
  expect(names).toEqual(
    expect.arrayContaining([
      "README.md",
      "LICENSE",
      "CHANGELOG.md",
      "index.js.map",
      "element.js",
      "element.js.map",
      "style.css",
    ]),
  );
  expect(names.filter((name) => name.endsWith(".d.ts")).toSorted()).toEqual(["element.d.ts", "index.d.ts"]);
  for (const name of ["index", "element"]) {
    const code = project.read(`node_modules/vespa-refresh/dist/package/${name}.js`);
    expect(code).toContain(`//# sourceMappingURL=${name}.js.map`);
    const map = project.read(`node_modules/vespa-refresh/dist/package/${name}.js.map`);
    expect((JSON.parse(map) as { sources: string[] }).sources).toContain("../../src/state/machine.ts");
  }
});

test("has nothing that publint or attw would tell its author", () => {
  project = new Project(packed.tarball);
  project.run("publint", "run", packed.tarball, "--strict");
  project.run("attw", packed.tarball, "--profile", "esm-only", "--exclude-entrypoints", "style.css");
});

describe("is built into", () => {
  test("a project of create-vite", () => {
    project = new Project(packed.tarball).from("template-vue").write({
      "src/RefreshPanel.vue": javaScript,
      "src/App.vue": app("", ""),
    });
    project.run("vite", "build");
    expect(project.list("dist/assets").some((name) => name.endsWith(".css"))).toBe(true);
  });

  test("a project of create-vite with TypeScript", () => {
    project = new Project(packed.tarball).from("template-vue-ts").write({
      "src/RefreshPanel.vue": typeScript,
      "src/App.vue": app(' lang="ts"', ':reload="reload"'),
    });
    project.run("vue-tsc", "-b");
    project.run("vite", "build");
  });

  test("a dashboard that is one script and one style sheet, loaded into pages of Knack", () => {
    project = new Project(packed.tarball).write({
      "index.html": `<div id="app"></div><script type="module" src="/main.js"></script>`,
      "main.js": `import { createApp } from "vue";
        import App from "./App.vue";
        window.startDashboard = () => createApp(App).mount("#app");`,
      "App.vue": app("", ""),
      "RefreshPanel.vue": javaScript,
      "vite.config.js": `import { defineConfig } from "vite";
        import vue from "@vitejs/plugin-vue";
        export default defineConfig({
          plugins: [vue()],
          base: "./",
          build: { outDir: "out", cssCodeSplit: false, rollupOptions: { output: {
            format: "iife", name: "Dashboard", entryFileNames: "dashboard.js", assetFileNames: "dashboard.[ext]",
          } } },
        });`,
    });
    project.run("vite", "build");
    expect(project.list("out").toSorted()).toEqual(["dashboard.css", "dashboard.js", "index.html"]);
    expect(project.read("out/dashboard.css")).toContain("vsr-dialog");
    // No module is left for a browser to load.
    expect(project.read("out/dashboard.js")).not.toMatch(/\bimport\b *[("{]/);
  });
});

describe("has types", () => {
  const CODE = `
    import { createRefreshClient, messages, SchoolRefresh, useSchoolRefresh, type Summary } from "vespa-refresh";
    import "vespa-refresh/element";
    type IsAny<T> = 0 extends 1 & T ? true : false;
    const client = createRefreshClient({ baseUrl: "https://refresh.example.org", getToken: () => null });
    const none: [IsAny<typeof client>, IsAny<typeof SchoolRefresh>, IsAny<Summary>, IsAny<typeof messages>] =
      [false, false, false, false];
    const { students_synced, academic_year, knack }: Summary = (await client.refreshEstablishmentData("${SCHOOL}")).summary;
    const refresh = useSchoolRefresh(client, "${SCHOOL}", { messages: { ages: { moment: "now" } }, lang: "en" });
    const element = document.querySelector("school-refresh")!;
    element.getToken = () => "token";
    element.addEventListener("data-refreshed", ({ detail }) => detail.waitUntil(Promise.resolve(detail.summary.partial)));
    // @ts-expect-error There is no such text.
    useSchoolRefresh(client, null, { messages: { nothing: "" } });
    export { none, students_synced, academic_year, knack, refresh };`;

  test.each([
    ["bundler", "ESNext"],
    ["nodenext", "NodeNext"],
  ])("under the module resolution %s", (moduleResolution, module) => {
    const compilerOptions = {
      module,
      moduleResolution,
      target: "ES2022",
      lib: ["ES2023", "DOM", "DOM.Iterable"],
      strict: true,
      noEmit: true,
      // What does not resolve is `any`, which the code notices; checking the libraries as well takes half a minute.
      skipLibCheck: true,
      types: [],
    };
    project = new Project(packed.tarball).write({
      "package.json": `{ "type": "module" }`,
      "tsconfig.json": JSON.stringify({ compilerOptions, include: ["code.ts"] }),
      "code.ts": CODE,
    });
    project.run("tsc", "--project", ".");
  });
});

test("is rendered on a server, without a document and without anything left running", () => {
  project = new Project(packed.tarball).write({
    "package.json": `{ "type": "module" }`,
    "render.js": `
      import { createSSRApp, h } from "vue";
      import { renderToString } from "vue/server-renderer";
      import { createRefreshClient, SchoolRefresh } from "vespa-refresh";
      import "vespa-refresh/element";
      const fetch = () => { throw new Error("a request on the server"); };
      const client = createRefreshClient({ baseUrl: "https://refresh.example.org", fetch });
      console.log(await renderToString(createSSRApp(() => h(SchoolRefresh, { client, establishmentId: "${SCHOOL}" }))));`,
  });
  const html = project.run("node", "render.js");
  expect(html).toMatch(/<button[^>]*>[^]*Refresh Data/);
});
