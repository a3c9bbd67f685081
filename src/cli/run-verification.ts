import type { Command } from "commander";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { NixStore } from "../nixdb/nix-store.js";
import type { PathInfo } from "../nixdb/path-info.js";
import { AlarmedView } from "../resolver/alarmed-view.js";
import type { RegistryView } from "../resolver/registry-view.js";
import { checkPaths } from "../verifier/check-paths.js";
import { CHECK_STATUSES, type CheckStatus, type PathCheck } from "../verifier/path-check.js";
import { compareChecks, toVerificationJson, type Verification } from "../verifier/verification-format.js";
import type { Context } from "./context.js";
import { describeVerification } from "./describe-verification.js";
import { addFromOption, type FromOptions, openView } from "./open-view.js";
import { parseCount } from "./options.js";
import { Progress } from "./progress.js";
import { openTranslator } from "./translate-path.js";

export interface VerificationOptions extends FromOptions {
  /** Root of the Nix store, as in `nix --store`. */
  readonly store?: string;
  readonly contents?: boolean;
  readonly strict?: boolean;
  readonly jobs: number;
}

export function addVerificationOptions(command: Command): Command {
  return addFromOption(command)
    .option("--store <root>", "root of the Nix store, as in `nix --store`; else /")
    .option("--contents", "hash the files on disk as well, as `nix-store --verify-path` does")
    .option("--strict", "paths that the registry does not list are an error too: exit code 3")
    .option("--jobs <n>", "paths checked at a time", parseCount, 8);
}

/**
 * Checks paths of a local store, prints what they are, and ends with an error where something is wrong.
 * @param paths how many they are, and each
 * @param isListed which of them are printed one by one
 * @throws CatnixError VERIFICATION_FAILED; with --strict PATHS_UNKNOWN; of the view, Swarm and the Nix database
 */
export async function runVerification(
  context: Context,
  nix: NixStore,
  paths: { readonly total: number; readonly infos: Iterator<PathInfo> },
  options: VerificationOptions,
  isListed: (check: PathCheck) => boolean,
): Promise<void> {
  const { store: root, contents = false, jobs } = options;
  const { view, index } = await openView(context, options);
  const known = await knowAlarms(context, view);
  const translate = openTranslator({ view: known, index }, context.store(), context.config.storeDir);
  const counts = Object.fromEntries(CHECK_STATUSES.map((status) => [status, 0])) as Record<CheckStatus, number>;
  const checks: PathCheck[] = [];
  let done = 0;
  {
    using progress = new Progress(context, "paths", paths.total);
    const onCheck = (check: PathCheck) => {
      counts[check.status]++;
      if (isListed(check)) checks.push(check);
      progress.update(++done, paths.total, check.storePath);
    };
    const realPath = contents ? (storePath: string) => nix.realPath(storePath) : undefined;
    await checkPaths(paths.infos, onCheck, { translate, realPath, jobs, signal: context.signal });
  }
  const verification: Verification = { view, contents, counts, checks: checks.sort(compareChecks), root };
  context.print(toVerificationJson(verification), describeVerification(verification, context.colors));
  requireGood(counts, done, options.strict ?? false);
}

/** All alarms at once; where an endpoint does not have them, each row is asked about, which is as true and takes longer. */
async function knowAlarms(context: Context, view: RegistryView): Promise<RegistryView> {
  if (!view.readAlarms) return view;
  try {
    return new AlarmedView(view, await context.wait("the guardian's alarms", view.readAlarms()));
  } catch (error) {
    if (!isCatnixError(error)) throw error;
    context.note(`what the guardian withdrew is asked path by path: ${error.message}`);
    return view;
  }
}

function requireGood(counts: Record<CheckStatus, number>, paths: number, strict: boolean): void {
  const { withdrawn, modified, differs, unreadable, unknown } = counts;
  if (withdrawn + modified + differs + unreadable > 0)
    throw new CatnixError("VERIFICATION_FAILED", { paths, withdrawn, modified, differs, unreadable });
  if (strict && unknown > 0) throw new CatnixError("PATHS_UNKNOWN", { paths, unknown });
}
