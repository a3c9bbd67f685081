import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it, as `mkdir -p`; does nothing where it is there. Node's own (`recursive`) never comes back
 * below `/proc`, where no folder can be made in one that exists and the error is ENOENT all the same.
 * @throws the system's error; ENOTDIR where something else has the name
 */
export function makeFolders(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !statSync(at, { throwIfNoEntry: false }); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) makeFolder(folder);
  requireFolder(path);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    requireFolder(path); // somebody was faster, or it is a link to nothing
  }
}

function requireFolder(path: string): void {
  if (statSync(path).isDirectory()) return;
  throw Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${path}'`), { code: "ENOTDIR" });
}
