import type { Command } from "commander";
import { compareBytes } from "../../encoding/bytes.js";
import { parseStorePath } from "../../nix/store-path.js";
import { type NixStore, openNixStore } from "../../nixdb/nix-store.js";
import type { PathInfo } from "../../nixdb/path-info.js";
import { isBad } from "../../verifier/path-check.js";
import type { Context } from "../context.js";
import { addExamples, withContext } from "../options.js";
import { addVerificationOptions, runVerification, type VerificationOptions } from "../run-verification.js";

interface AuditOptions extends VerificationOptions {
  readonly all?: boolean;
}

export function addAuditCommand(program: Command): void {
  const audit = addVerificationOptions(program.command("audit"))
    .description("hold the whole Nix store against the registry: a summary, and what needs something done")
    .option("--all", "list every path, also what is approved or unknown")
    .action(async (options: AuditOptions, command: Command) =>
      withContext(command, (context) => auditCommand(context, options)),
    );
  addExamples(audit, "audit", "audit --store /mnt --contents", "audit --from index --json | jq '.paths[].fix'");
}

async function auditCommand(context: Context, options: AuditOptions): Promise<void> {
  const { storeDir } = context.config;
  using nix = openNixStore({ root: options.store, storeDir });
  const paths = sortByNixId(nix.listPaths(), storeDir);
  const infos = readInfos(nix, paths);
  await runVerification(context, nix, { total: paths.length, infos }, options, (check) => options.all ?? isBad(check));
}

/** So that the paths of one bucket of the CAT come one after another, and the bucket is read once. */
function sortByNixId(paths: readonly string[], storeDir: string): string[] {
  return paths
    .map((path) => ({ path, nixId: parseStorePath(path, storeDir).nixId }))
    .sort((a, b) => compareBytes(a.nixId, b.nixId))
    .map(({ path }) => path);
}

/** What is collected as garbage meanwhile is left out. */
function* readInfos(nix: NixStore, paths: readonly string[]): Generator<PathInfo, void, undefined> {
  for (const path of paths) {
    const info = nix.queryPathInfo(path);
    if (info) yield info;
  }
}
