// Builds the custom element: one script with Vue and the styles in it, for pages without a bundler.
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

import { CSS_TARGET } from "./css-target";

export default defineConfig({
  plugins: [vue({ features: { optionsAPI: false } })],
  define: { "process.env.NODE_ENV": '"production"' },
  publicDir: false,
  build: {
    target: "es2022",
    cssTarget: CSS_TARGET,
    outDir: "dist/package",
    emptyOutDir: false,
    sourcemap: true,
    minify: "terser",
    terserOptions: { module: true, compress: { passes: 3 } },
    lib: { entry: "src/element.ts", formats: ["es"], fileName: "element" },
  },
});
