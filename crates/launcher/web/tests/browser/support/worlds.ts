// Starts what the tests run in, once for each worker: a Chromium, and a sandbox with a Knack and a Supabase of its own, so
// that no worker's faults or request rates are another's.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";

import { CHROMIUM } from "./chromium";

export interface World {
  /** The services' addresses and keys. */
  environment: Record<string, string>;
  /** Where Chromium listens. */
  browser: string;
}

declare module "vitest" {
  interface ProvidedContext {
    worlds: World[];
  }
}

export default async function setup({ config, provide }: TestProject) {
  const sandboxes = Array.from({ length: Number(config.maxWorkers) }, startSandbox);
  const browsers = await Promise.all(sandboxes.map(() => chromium.launchServer(CHROMIUM)));
  const worlds = await Promise.all(
    sandboxes.map(async ({ environment }, n) => ({
      environment: await environment,
      browser: browsers[n]!.wsEndpoint(),
    })),
  );
  provide("worlds", worlds);
  return async () => {
    await Promise.all([...browsers, ...sandboxes].map((it) => it.close()));
  };
}

function startSandbox() {
  const launcher = process.env["LAUNCHER"];
  if (!launcher) throw new Error("LAUNCHER is missing: run scripts/test-browser");
  const options = ["--supabase", "postgres", "--latency", "none", "--more-schools", "129"];
  const child = spawn(join(dirname(launcher), "sandbox"), ["serve", ...options], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    environment: new Promise<Record<string, string>>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line)));
      child.once("error", reject);
      child.once("exit", () => reject(new Error("a sandbox did not start")));
    }),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
