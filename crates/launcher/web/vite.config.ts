// The package: one module with Vue left out, and its style sheet.
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [vue()],
  publicDir: false,
  build: {
    target: "es2022",
    outDir: "dist/package",
    // A tenth smaller than what Vite's own makes of a module.
    minify: "terser",
    terserOptions: {
      module: true,
      toplevel: true,
      compress: { passes: 3, ecma: 2020, unsafe_arrows: true, pure_getters: true },
    },
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "index", cssFileName: "style" },
    rolldownOptions: { external: ["vue"] },
  },
});
