import { type Finding, fail, ok } from "./finding.js";

/** zstd in node:zlib, and node:sqlite without a flag; bin/catnix.js has the same. */
const NEEDED = [22, 15] as const;

/** Whether this Node has what catnix needs of it. */
export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return ok("node", `Node ${version}`);
  return fail(
    "node",
    `Node ${version} is older than ${NEEDED.join(".")}`,
    "Install a current Node, or let npm install the package's optional one.",
  );
}
