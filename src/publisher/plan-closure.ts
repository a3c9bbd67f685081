import type { CatnixError } from "../errors/catnix-error.js";
import type { PathInfo } from "../nixdb/path-info.js";
import { askLive, findUpload } from "./ask-live.js";
import type { Journal } from "./journal.js";
import { findDenied } from "./policy/check-closure.js";
import type { Finding } from "./policy/policy.js";
import type { PublishOptions } from "./publish-closure.js";
import { type FoundDerivations, readClosure } from "./read-closure.js";

export type PlanOptions = Pick<
  PublishOptions,
  "nix" | "paths" | "storeDir" | "withDerivations" | "policy" | "level" | "signal"
> & {
  /** Looked at, not written; without it nothing is known of earlier runs. */
  readonly journal: Journal | undefined;
  /** What the CAT lists; without it nobody is asked. */
  readonly live: PublishOptions["live"] | undefined;
  /** Called after each path that was held to the policy. */
  readonly onChecked?: ((done: number, paths: number, storePath: string) => void) | undefined;
};

/** One path of the closure, as a run would find it. */
export interface PlannedPath {
  readonly storePath: string;
  /** Bytes. */
  readonly narSize: number;
  /**
   * Whether the CAT lists this very build, an earlier run has uploaded it, or it is new; unknown where it is not of an
   * earlier run and the CAT could not be read.
   */
  readonly state: "published" | "uploaded" | "new" | "unknown";
  /** Whether the policy has something against it, or a file in it. */
  readonly denied: boolean;
}

export interface PublishPlan {
  /** References before the paths that mention them. */
  readonly paths: readonly PlannedPath[];
  readonly findings: readonly Finding[];
  /** Where derivations are to be published as well. */
  readonly derivations?: FoundDerivations;
  /** Why the CAT could not be read to the end; what it lists is then not known of some paths. */
  readonly failure: CatnixError | undefined;
}

/**
 * What {@link publishClosure} would do, without doing any of it: nothing is sent and nothing is written. Whether Swarm still
 * has what an earlier run has uploaded is not asked.
 * @throws CatnixError like the policy's check and the reading of the closure; findings and a CAT that cannot be read are
 * part of the plan
 */
export async function planClosure(options: PlanOptions): Promise<PublishPlan> {
  const { nix, storeDir, policy, journal, live, level = 9, onChecked, signal } = options;
  const { closure, derivations } = readClosure(options);
  const uploaded = new Set(closure.filter((info) => findUpload(journal, info, level, storeDir)));

  let checked = 0;
  const findings = await findDenied(closure, policy, {
    ...{ nix, storeDir, signal },
    onChecked: (storePath) => onChecked?.(++checked, closure.length, storePath),
  });
  const denied = new Set(findings.map(({ storePath }) => storePath));

  const { verdicts, failure } = await askLive(closure, live, storeDir);
  const stateOf = (info: PathInfo): PlannedPath["state"] => {
    const isListed = verdicts.get(info);
    if (isListed) return "published";
    if (uploaded.has(info)) return "uploaded";
    return isListed === undefined ? "unknown" : "new";
  };
  const paths = closure.map((info): PlannedPath => {
    const { storePath, narSize } = info;
    return { storePath, narSize, state: stateOf(info), denied: denied.has(storePath) };
  });
  return { paths, findings, ...(derivations && { derivations }), failure };
}
