import type { Command } from "commander";
import { openNixStore, type NixStore } from "../../nixdb/nix-store.js";
import type { PathInfo } from "../../nixdb/path-info.js";
import { CatnixError } from "../../errors/catnix-error.js";
import type { Context } from "../context.js";
import { addExamples, withContext } from "../options.js";
import { addVerificationOptions, runVerification, type VerificationOptions } from "../run-verification.js";

interface VerifyOptions extends VerificationOptions {
  readonly closure?: boolean;
}

export function addVerifyCommand(program: Command): void {
  const verify = addVerificationOptions(program.command("verify"))
    .description("whether local store paths are what the registry approved: exit code 0, else 1 (docs/verifying.md)")
    .argument("<paths...>", "store paths or their base names, or links to them such as ./result")
    .option("--closure", "check all that they refer to as well")
    .action(async (paths: string[], options: VerifyOptions, command: Command) =>
      withContext(command, (context) => verifyCommand(context, paths, options)),
    );
  addExamples(
    verify,
    "verify ./result",
    "verify --closure --contents /run/current-system",
    "verify --strict --json ./result | jq .counts",
  );
}

async function verifyCommand(context: Context, paths: string[], options: VerifyOptions): Promise<void> {
  const { storeDir } = context.config;
  using nix = openNixStore({ root: options.store, storeDir });
  const asked = [...new Set(paths.map((path) => nix.resolvePath(isBaseName(path) ? `${storeDir}/${path}` : path)))];
  const infos = options.closure ? nix.closure(asked) : asked.map((path) => requireInfo(nix, path));
  const onGone = (path: string) => {
    throw new CatnixError("STORE_PATH_NOT_VALID", { path });
  };
  const verified = { total: infos.length, infos: infos.values(), onGone };
  await runVerification(context, nix, verified, options, { isListed: () => true });
}

function isBaseName(path: string): boolean {
  return /^[0-9a-z]{32}-[^/]+$/.test(path);
}

function requireInfo(nix: NixStore, path: string): PathInfo {
  const info = nix.queryPathInfo(path);
  if (info === undefined) throw new CatnixError("STORE_PATH_NOT_VALID", { path });
  return info;
}
