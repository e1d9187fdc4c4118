// Builds the bundle of the viewer: node build.mjs [OUTPUT]. The same sources give the same bytes.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const three = JSON.parse(readFileSync(join(here, "node_modules/three/package.json"), "utf8"));
const output = process.argv[2] ? resolve(process.argv[2]) : join(here, "../static/viewer.js");

await build({
  absWorkingDir: here,
  entryPoints: ["viewer.js"],
  outfile: output,
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "simtwinViewer",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  banner: {
    js: `/* simtwin viewer, MIT; with three.js ${three.version}, MIT: see viewer.LICENSE.txt */`,
  },
});
