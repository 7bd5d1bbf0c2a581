// Rolls the declarations that vue-tsc has made up into one file for each entry, without imports that only bundlers resolve.
import { dts } from "rollup-plugin-dts";

const MADE = ".declarations";

export default ["index", "element"].map((name) => ({
  input: `${MADE}/${name}.d.ts`,
  output: { file: `dist/package/${name}.d.ts` },
  external: ["vue"],
  plugins: [
    { name: "styles", resolveId: (id) => (/\.css(\?|$)/.test(id) ? { id, external: true } : null) },
    dts(),
  ],
}));
