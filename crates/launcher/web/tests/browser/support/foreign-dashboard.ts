// A dashboard on an origin of its own, built from the code in docs/embedding.md and from the package as `npm pack` makes it.
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import vue from "@vitejs/plugin-vue";
import { build } from "vite";

const WEB = process.cwd();
const ROOT = join(WEB, "../../..");
const DOCUMENT = join(ROOT, "docs/embedding.md");

export interface Dashboard {
  url: string;
  close(): void;
}

/** The document's code block in this language. */
export function codeBlock(language: string): string {
  const [, block] = readFileSync(DOCUMENT, "utf8").split(`\`\`\`${language}\n`);
  return block!.split("\n```")[0]!;
}

export async function buildDashboard(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "dashboard-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "vespa-refresh"), { recursive: true });
  const [pack] = /^npm pack [^ ]+/m.exec(readFileSync(DOCUMENT, "utf8"))!;
  execFileSync("sh", ["-c", `${pack} --silent --pack-destination "$0"`, folder], {
    cwd: ROOT,
    stdio: "ignore",
  });
  const packed = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  const unpack = ["-xzf", join(folder, packed), "--strip-components=1", "-C", join(modules, "vespa-refresh")];
  execFileSync("tar", unpack);
  symlinkSync(join(WEB, "node_modules/vue"), join(modules, "vue"));
  // The launcher's address and the school are known only when the page is opened.
  const code = codeBlock("vue").replace('"https://refresh.example.org"', "window.launcher");
  writeFileSync(join(folder, "RefreshPanel.vue"), code);
  writeFileSync(
    join(folder, "main.js"),
    `import { createApp, h } from "vue";
     import RefreshPanel from "./RefreshPanel.vue";
     window.refreshed = [];
     const props = { establishmentId: window.school, onDataRefreshed: (summary) => window.refreshed.push(summary) };
     window.mountAgain = () => void createApp({ render: () => h(RefreshPanel, props) }).mount("#app");
     window.mountAgain();`,
  );
  await build({
    root: folder,
    configFile: false,
    logLevel: "silent",
    plugins: [vue()],
    build: {
      outDir: "dist",
      rolldownOptions: {
        input: join(folder, "main.js"),
        output: { entryFileNames: "main.js", assetFileNames: "main[extname]", codeSplitting: false },
      },
    },
  });
  return folder;
}

const TYPES: Record<string, string> = { ".js": "text/javascript", ".css": "text/css" };

/** Nothing inline, and no HTML from a string. */
const STRICT =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src *; require-trusted-types-for 'script'; trusted-types vue";

const PAGE = `<!doctype html><title>Another dashboard</title><link rel="stylesheet" href="/main.css">
  <div id="app"></div><script type="module" src="/main.js"></script>`;

/** Serves the dashboard from a free port, with a strict policy at "/strict". The launcher has to allow its origin. */
export async function serveDashboard(folder: string): Promise<Dashboard> {
  const server: Server = createServer((request, response) => {
    const name = request.url!.slice(1);
    if (name === "main.js" || name === "main.css") {
      response.setHeader("Content-Type", TYPES[extname(name)]!);
      response.end(readFileSync(join(folder, "dist", name)));
      return;
    }
    response.setHeader("Content-Type", "text/html");
    if (name === "strict") response.setHeader("Content-Security-Policy", STRICT);
    response.end(name === "elsewhere" ? "<!doctype html><title>Elsewhere</title>" : PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
