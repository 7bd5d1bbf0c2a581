// Builds the page that the launcher serves. File names are fixed, because the launcher embeds the files by name.
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  root: "page",
  base: "/",
  plugins: [vue({ features: { optionsAPI: false } })],
  build: {
    target: "es2022",
    outDir: "../dist/page",
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        entryFileNames: "page.js",
        assetFileNames: "page[extname]",
        codeSplitting: false,
      },
    },
  },
});
