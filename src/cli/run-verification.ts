import type { Command } from "commander";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { NixStore } from "../nixdb/nix-store.js";
import type { PathInfo } from "../nixdb/path-info.js";
import { AlarmedView } from "../resolver/alarmed-view.js";
import type { RegistryView } from "../resolver/registry-view.js";
import { checkContents } from "../verifier/check-contents.js";
import type { HashedPaths } from "../verifier/hashed-paths.js";
import { checkPaths } from "../verifier/check-paths.js";
import { CHECK_STATUSES, type CheckStatus, type CorruptPath, type PathCheck } from "../verifier/path-check.js";
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

/** The paths that a command is about. */
export interface VerifiedPaths {
  readonly total: number;
  readonly infos: Iterator<PathInfo | CorruptPath>;
  /** Told of a path that was collected as garbage meanwhile. */
  readonly onGone: (storePath: string) => void;
}

/**
 * Checks paths of a local store, prints what they are, and ends with an error where something is wrong.
 * @param memory of what need not be hashed again
 * @param isListed which of them are printed one by one
 * @throws CatnixError VERIFICATION_FAILED; with --strict PATHS_UNKNOWN; of the view, Swarm and the Nix database
 */
export async function runVerification(
  context: Context,
  nix: NixStore,
  { total, infos, onGone }: VerifiedPaths,
  options: VerificationOptions,
  { memory, isListed }: { memory?: HashedPaths | undefined; isListed: (check: PathCheck) => boolean },
): Promise<void> {
  const { store: root, contents = false, jobs } = options;
  if (nix.isCopy) context.note("Nix's database cannot be read in place: it is checked as it was a moment ago");
  const { view, index } = await openView(context, options);
  const known = await knowAlarms(context, view);
  const translate = openTranslator({ view: known, index }, context.store(), context.config.storeDir);
  const counts = Object.fromEntries(CHECK_STATUSES.map((status) => [status, 0])) as Record<CheckStatus, number>;
  const checks: PathCheck[] = [];
  const hashedSince = memory?.before()?.since;
  let done = 0;
  {
    using progress = new Progress(context, "paths", total);
    const onCheck = (check: PathCheck) => {
      counts[check.status]++;
      if (isListed(check)) checks.push(check);
      progress.update(++done, total, check.storePath);
    };
    const look = (info: PathInfo, signal: AbortSignal) => checkContents(info, nix, { memory, signal });
    const { signal } = context;
    await checkPaths(infos, onCheck, { translate, ...(contents && { checkContents: look }), onGone, jobs, signal });
  }
  checks.sort(compareChecks);
  const verification: Verification = { view, contents, hashedSince, counts, checks, root };
  context.print(toVerificationJson(verification), describeVerification(verification, context.colors));
  memory?.forget();
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
