// @vitest-environment node
// The size of what users download, from the committed files. Vue does not count towards the package.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const KB = 1_024;
const dist = new URL("../../dist/", import.meta.url).pathname;

function gzipped(files: string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(dist + file), { level: 9 }).length, 0);
}

test("the package's script and styles are at most 16.1 KB", () => {
  expect(gzipped(["package/index.js", "package/style.css"])).toBeLessThanOrEqual(16.1 * KB);
});

test("the custom element, with Vue and the styles, is at most 45 KB", () => {
  expect(gzipped(["package/element.js"])).toBeLessThanOrEqual(45 * KB);
});

/** Issue by issue it grows; a school's slow line should not notice. */
test("the page loads at most 80 KB", () => {
  expect(gzipped(readdirSync(`${dist}page`).map((file) => `page/${file}`))).toBeLessThanOrEqual(80 * KB);
});
