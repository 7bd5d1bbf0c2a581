import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [vue()],
  publicDir: "page/public",
  test: {
    include: ["tests/unit/**/*.test.ts"],
    environment: "happy-dom",
    testTimeout: 20_000,
    restoreMocks: true,
  },
});
