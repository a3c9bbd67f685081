// npm runs this after it has installed the package's own dependencies: it builds, and links the command. Plain
// JavaScript, since there is nothing yet that could run anything else.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, symlinkSync } from "node:fs";

if (existsSync("node_modules/hardhat")) {
  const { status } = spawnSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  rmSync("node_modules/.bin/catnix", { force: true });
  symlinkSync("../../bin/catnix.js", "node_modules/.bin/catnix");
} else {
  console.error("catnix is not built, which takes the development dependencies: `npm ci && npm prune --omit=dev`.");
}
