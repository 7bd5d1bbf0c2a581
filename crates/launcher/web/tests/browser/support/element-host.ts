// A page without a bundler, to which tests add <school-refresh>; served with a strict policy, too.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";

import { blankPage } from "./browser";

const FILES: Record<string, string> = {
  "/element.js": readFileSync(join(process.cwd(), "dist/package/element.js"), "utf8"),
  "/page.js": `
    window.violations = [];
    document.addEventListener("securitypolicyviolation", ({ violatedDirective }) => violations.push(violatedDirective));
    window.add = (attributes, token, parent = document.body) => {
      const element = document.createElement("school-refresh");
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      element.getToken = () => token;
      return parent.appendChild(element);
    };`,
};
const STRICT =
  "default-src 'none'; script-src 'self'; connect-src *; require-trusted-types-for 'script'; trusted-types vue";

export type ElementWindow = Window & {
  violations: string[];
  add(attributes: object, token: string, parent?: Element): HTMLElement;
};

export interface ElementHost {
  url: string;
  /** Opens "/" or "/strict", which has the element's script already. */
  open(path: string): Promise<Page>;
  close(): void;
}

export async function serveElementHost(): Promise<ElementHost> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://page");
    const file = FILES[pathname];
    response.setHeader("Content-Type", file ? "text/javascript" : "text/html");
    if (pathname === "/strict") response.setHeader("Content-Security-Policy", STRICT);
    const element = pathname === "/strict" ? '<script type="module" src="/element.js"></script>' : "";
    response.end(
      file ??
        `<!doctype html><title>A page</title><script src="/page.js"></script>${element}<body><main></main>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    open: async (path) => {
      const { page } = await blankPage({ viewport: { width: 1000, height: 700 } });
      await page.goto(url + path);
      return page;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
