// @vitest-environment node
// What people download, as it is committed. The package counts without Vue, and without its style sheet.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

const KB = 1_024;
const dist = new URL("../../dist/", import.meta.url).pathname;

function gzipped(files: string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(dist + file), { level: 9 }).length, 0);
}

test("the package is at most 8 KB, and its style sheet 2 KB", () => {
  expect(gzipped(["package/index.js"])).toBeLessThanOrEqual(8 * KB);
  expect(gzipped(["package/style.css"])).toBeLessThanOrEqual(2 * KB);
});

test("the page's first load is at most 120 KB", () => {
  expect(gzipped(readdirSync(`${dist}page`).map((file) => `page/${file}`))).toBeLessThanOrEqual(120 * KB);
});
