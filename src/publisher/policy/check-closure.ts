import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import { traceTree } from "../../files/trace-tree.js";
import { parseStorePath } from "../../nix/store-path.js";
import type { NixStore } from "../../nixdb/nix-store.js";
import type { PathInfo } from "../../nixdb/path-info.js";
import type { Finding, PublishPolicy } from "./policy.js";
import type { ScanMemory, ScannedFiles } from "./scan-memory.js";
import { scanTree } from "./scan-tree.js";

export interface CheckOptions {
  readonly nix: NixStore;
  /** The one store folder of the registry. */
  readonly storeDir: string;
  /** Remembers in which NARs nothing was found. */
  readonly memory?: ScanMemory | undefined;
  /** Called after each path. */
  readonly onChecked?: ((storePath: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An error names this many findings; more is not read. */
const MAX_NAMED = 50;

/**
 * Holds the paths of a closure to the policy, files and all. It reads the Nix store and asks nobody else.
 * @returns what the policy does not let out, in the closure's order; none where all may go
 * @throws CatnixError PUBLISH_POLICY_INVALID where `publish.only.closures` names what the store does not have;
 * FILE_UNREADABLE, DATABASE_FAILED, NIX_DB_…; and the signal's reason
 */
export async function findDenied(
  closure: readonly PathInfo[],
  policy: PublishPolicy,
  { nix, storeDir, memory, onChecked, signal }: CheckOptions,
): Promise<Finding[]> {
  const onlyThese = listOnly(policy, nix);
  const findings: Finding[] = [];
  const clean: ScannedFiles[] = [];
  for (const { storePath, narHash } of closure) {
    const denied = policy.judgePath(storePath, onlyThese);
    findings.push(...denied);
    // What is denied as a whole is not looked into as well: that could take long, and the answer is no already.
    if (denied.length === 0 && !policy.isExcepted(storePath)) {
      const { name } = parseStorePath(storePath, storeDir);
      const realPath = nix.realPath(storePath);
      const files = memory && { storePath, narHash, trace: await traceTree(realPath, { signal }) };
      if (!files || !memory.isClean(files, policy)) {
        const hits = await scanTree(realPath, name, policy.fileRules, { signal });
        if (files && hits.length === 0) clean.push(files);
        findings.push(...policy.judgeFiles(storePath, hits));
      }
    }
    onChecked?.(storePath);
  }
  memory?.keepClean(clean, policy);
  return findings;
}

/** @throws CatnixError PUBLISH_DENIED where there are findings */
export function refuseDenied(findings: readonly Finding[]): void {
  if (findings.length === 0) return;
  throw new CatnixError("PUBLISH_DENIED", { count: findings.length, findings: findings.slice(0, MAX_NAMED) });
}

/** The store paths that `publish.only` lets out; undefined where it is not given. */
function listOnly({ only }: PublishPolicy, nix: NixStore): Set<string> | undefined {
  if (only === undefined) return undefined;
  const closures = only.closures.flatMap((root) => {
    try {
      return nix.closure([nix.resolvePath(root)]).map(({ storePath }) => storePath);
    } catch (error) {
      if (!isCatnixError(error)) throw error;
      const details = { key: "publish.only.closures", reason: error.message };
      throw new CatnixError("PUBLISH_POLICY_INVALID", details, { cause: error });
    }
  });
  return new Set([...only.paths, ...closures]);
}
