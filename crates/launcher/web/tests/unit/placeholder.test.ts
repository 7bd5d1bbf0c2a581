// What the page shows before its script has arrived is what it shows until it knows more, so that nothing moves or changes.
import { mount } from "@vue/test-utils";
import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

import App from "../../page/App.vue";

/** Elements, classes and texts, whatever the blanks and comments between them. */
function outline(html: string): string {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const of = (node: Node): string[] => {
    if (node.nodeType === Node.TEXT_NODE) return [node.textContent!.replace(/[ \n]+/g, " ").trim()];
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    const { localName, attributes, childNodes } = node as Element;
    // The builder of tests puts the picture's content in the place of its address.
    const known = [...attributes].filter(({ name }) => name !== "src");
    const named = known.map(({ name, value }) => ` ${name}="${value}"`).sort();
    return [`<${localName}${named.join("")}>`, ...[...childNodes].flatMap(of), `</${localName}>`];
  };
  return [...body.childNodes].flatMap(of).filter(Boolean).join("\n");
}

test("index.html shows what the page shows while it is loading", () => {
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  const page = readFileSync("page/index.html", "utf8");
  const served = new DOMParser().parseFromString(page, "text/html").querySelector("#app")!;
  const host = document.createElement("div");
  const app = mount(App, { attachTo: host });
  expect(outline(host.firstElementChild!.innerHTML)).toBe(outline(served.innerHTML));
  app.unmount();
});
