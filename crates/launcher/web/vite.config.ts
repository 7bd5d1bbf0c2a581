// Builds the package: one module without Vue, and one style sheet.
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

import { CSS_TARGET } from "./css-target";

export default defineConfig({
  // Templates that are not optimized for many updates are smaller.
  plugins: [vue({ template: { compilerOptions: { hoistStatic: false, cacheHandlers: false } } })],
  publicDir: false,
  build: {
    target: "es2022",
    cssTarget: CSS_TARGET,
    outDir: "dist/package",
    sourcemap: true,
    // Vite's own minifier leaves the white space in a library's module.
    minify: "terser",
    terserOptions: { module: true, compress: { passes: 3 } },
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "index", cssFileName: "style" },
    rolldownOptions: { external: ["vue"] },
  },
});
