import { resolve } from "node:path";
import type { Command } from "commander";
import { compareBytes } from "../../encoding/bytes.js";
import { type CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { parseStorePath } from "../../nix/store-path.js";
import { type NixStore, openNixStore } from "../../nixdb/nix-store.js";
import type { PathInfo } from "../../nixdb/path-info.js";
import { HashedPaths } from "../../verifier/hashed-paths.js";
import { type CorruptPath, isBad, type PathCheck } from "../../verifier/path-check.js";
import type { Context } from "../context.js";
import { formatTime, plural } from "../format.js";
import { addExamples, withContext } from "../options.js";
import { addVerificationOptions, runVerification, type VerificationOptions } from "../run-verification.js";

interface AuditOptions extends VerificationOptions {
  readonly all?: boolean;
  readonly fresh?: boolean;
}

export function addAuditCommand(program: Command): void {
  const audit = addVerificationOptions(program.command("audit"))
    .description("hold the whole Nix store against the registry: a summary, and what needs something done")
    .option("--all", "list every path, also what is approved or unknown")
    .option("--fresh", "with --contents: hash all files again, also those that an interrupted audit had hashed")
    .action(async (options: AuditOptions, command: Command) =>
      withContext(command, (context) => auditCommand(context, options)),
    );
  addExamples(audit, "audit", "audit --store /mnt --contents", "audit --from index --json | jq '.paths[].fix'");
}

async function auditCommand(context: Context, options: AuditOptions): Promise<void> {
  const { storeDir } = context.config;
  using nix = openNixStore({ root: options.store, storeDir });
  const paths = sortByNixId(nix.listPaths(), storeDir);
  const memory = options.contents ? openMemory(context, nix, options.fresh ?? false) : undefined;
  const audited = { total: paths.length, infos: readInfos(nix, paths), onGone: () => undefined };
  const isListed = (check: PathCheck) => options.all ?? isBad(check);
  await runVerification(context, nix, audited, options, { memory, isListed });
}

/** An audit of a large store takes hours: where it was interrupted, the next one goes on. It can do without. */
function openMemory(context: Context, nix: NixStore, fresh: boolean): HashedPaths | undefined {
  const without = (error: CatnixError) => context.note(`what is hashed now will be hashed again: ${error.message}`);
  try {
    const [file, now] = [context.stateFile("audit.sqlite"), Math.floor(Date.now() / 1000)];
    const memory = context.keep(new HashedPaths(file, resolve(nix.realStoreDir), now, without));
    if (fresh) memory.forget();
    const before = memory.before();
    if (before) {
      const what = `${plural(before.paths, "path")} hashed since ${formatTime(before.since)}`;
      context.note(`goes on with the audit that was interrupted: ${what} (--fresh hashes all again)`);
    }
    return memory;
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    without(error);
    return undefined;
  }
}

/** So that the paths of one bucket of the CAT come one after another, and the bucket is read once. */
function sortByNixId(paths: readonly string[], storeDir: string): string[] {
  return paths
    .map((path) => ({ path, nixId: parseStorePath(path, storeDir).nixId }))
    .sort((a, b) => compareBytes(a.nixId, b.nixId))
    .map(({ path }) => path);
}

/** What is collected as garbage meanwhile is left out; one row that is corrupt keeps no other path from being checked. */
function* readInfos(nix: NixStore, paths: readonly string[]): Generator<PathInfo | CorruptPath, void, undefined> {
  for (const path of paths) {
    const info = queryOrTell(nix, path);
    if (info) yield info;
  }
}

function queryOrTell(nix: NixStore, storePath: string): PathInfo | CorruptPath | undefined {
  try {
    return nix.queryPathInfo(storePath);
  } catch (error) {
    if (!isCatnixError(error, "NIX_DB_CORRUPT")) throw error;
    return { storePath, corrupt: error.message };
  }
}
