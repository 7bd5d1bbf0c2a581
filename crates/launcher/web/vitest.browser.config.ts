// Browser tests. Files run side by side, each worker in a world of its own; see scripts/test-browser.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/browser/**/*.test.ts"],
    environment: "node",
    globalSetup: "tests/browser/support/worlds.ts",
    // They wait far more than they compute, but the services that they wait for do compute.
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
});
