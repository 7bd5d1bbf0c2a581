// Which Chromium the tests use, and how it is started.
import type { LaunchOptions } from "playwright-core";

export const CHROMIUM: LaunchOptions = {
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** One that keeps the pages that it leaves, and shows them again as they were. */
export const KEEPING_PAGES: LaunchOptions = {
  ...CHROMIUM,
  ignoreDefaultArgs: ["--disable-back-forward-cache"],
};
