import { runParallel } from "../async/run-parallel.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import type { Logger } from "../log/logger.js";
import { silentLogger } from "../log/logger.js";
import type { PathInfo } from "../nixdb/path-info.js";
import type { ContentStore, WrittenFile } from "../swarm/content-store.js";
import { askLive, findUpload } from "./ask-live.js";
import { checkRoom, type StampRoom } from "./check-room.js";
import { formatOfLevel } from "./compress-nar.js";
import type { Journal } from "./journal.js";
import { findDenied, refuseDenied } from "./policy/check-closure.js";
import type { PublishPolicy } from "./policy/policy.js";
import type { ScanMemory } from "./policy/scan-memory.js";
import { type ListedPath, type PathOutcome, publishPath } from "./publish-path.js";
import { type PublishResult, PublishTally } from "./publish-result.js";
import { type ClosureOptions, readClosure } from "./read-closure.js";

/** What happens while a closure is published; `storePath` is the one it happens to. */
export type PublishEvent =
  | { readonly kind: "closure"; readonly paths: number; readonly narBytes: number }
  /** The policy has nothing against it; nothing starts before that is so for all. */
  | { readonly kind: "checked"; readonly storePath: string }
  | { readonly kind: "started"; readonly storePath: string; readonly narBytes: number }
  /** So many bytes of NAR were read; less than 0 where an attempt is made again. */
  | { readonly kind: "bytes"; readonly storePath: string; readonly narBytes: number }
  /** The chunks of a path were made and counted, not sent: the postage batch is nearly full. */
  | { readonly kind: "reckoned"; readonly storePath: string }
  /** An upload failed for a reason that may pass, and is made again after a pause. */
  | { readonly kind: "retry"; readonly storePath: string; readonly error: CatnixError }
  | {
      readonly kind: "done";
      readonly storePath: string;
      readonly outcome: PathOutcome["kind"];
      /** What was sent. */
      readonly files: readonly WrittenFile[];
    };

export interface PublishOptions extends ClosureOptions {
  readonly store: ContentStore;
  readonly journal: Journal;
  /** What may be published; held against the whole closure before anything is sent or asked of Swarm. */
  readonly policy: PublishPolicy;
  /** Spares a second look into what was found clean. */
  readonly scanMemory?: ScanMemory | undefined;
  /** What pays, where it can be full; held against the uploads before anything is sent. */
  readonly room?: StampRoom | undefined;
  /** What the CAT at the registry's root lists for a `nixId`; undefined where nothing is live: no row, withdrawn. */
  readonly live: (nixId: Uint8Array) => Promise<ListedPath | undefined>;
  /** How many paths are uploaded at a time; 4 where not given. */
  readonly parallel?: number | undefined;
  /** Level of zstd, 1 to 19; 9 where not given. */
  readonly level?: number | undefined;
  /** Further attempts at a NAR whose upload failed for a reason that may pass; 2 where not given. */
  readonly retries?: number | undefined;
  readonly onProgress?: ((event: PublishEvent) => void) | undefined;
  readonly log?: Logger | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts the closure of store paths on Swarm and says which mappings a batch has to set. A run that fails or is killed leaves
 * whole paths in the journal, and the next one goes on from there.
 * @throws CatnixError PUBLISH_DENIED, PUBLISH_POLICY_INVALID, STAMP_OVERFLOW: nothing was sent then; STORE_PATH_NOT_FOUND, STORE_PATH_NOT_VALID, STORE_PATH_INVALID, NIX_DB_…; STORE_PATH_MODIFIED;
 * PUBLISH_FAILED for any other fault of one path: its cause is the fault. Where several paths fail, the first one
 * that did. The signal's reason, as it is. Nothing is under way any more when it throws.
 * @throws RangeError where `level` is not within 1 to 19
 */
export async function publishClosure(options: PublishOptions): Promise<PublishResult> {
  const { nix, store, journal, live, storeDir, level = 9, retries = 2, log = silentLogger } = options;
  const onProgress = options.onProgress ?? (() => undefined);
  formatOfLevel(level);
  const { closure, derivations } = readClosure(options);
  onProgress({ kind: "closure", paths: closure.length, narBytes: sum(closure.map(({ narSize }) => narSize)) });
  const { policy, scanMemory: memory } = options;
  const onChecked = (storePath: string) => onProgress({ kind: "checked", storePath });
  refuseDenied(await findDenied(closure, policy, { nix, storeDir, memory, onChecked, signal: options.signal }));

  if (options.room) await checkRoomFor(closure, options.room, options);

  const publish = async (info: PathInfo, signal: AbortSignal): Promise<PathOutcome> => {
    const { storePath } = info;
    try {
      signal.throwIfAborted();
      onProgress({ kind: "started", storePath, narBytes: info.narSize });
      const onBytes = (narBytes: number) => onProgress({ kind: "bytes", storePath, narBytes });
      const onRetry = (error: CatnixError) => onProgress({ kind: "retry", storePath, error });
      const realPath = nix.realPath(storePath);
      const outcome = await publishPath(info, realPath, {
        ...{ store, journal, live, storeDir, level, retries, onBytes, onRetry, signal },
      });
      log.debug({ storePath, outcome: outcome.kind }, "published a path");
      const files = outcome.kind === "uploaded" ? outcome.files : [];
      onProgress({ kind: "done", storePath, outcome: outcome.kind, files });
      return outcome;
    } catch (error) {
      throw nameThePath(storePath, error);
    }
  };
  const tally = new PublishTally(storeDir);
  await runParallel(closure.entries(), options.parallel ?? 4, options.signal, async ([at, info], signal) => {
    tally.add(at, await publish(info, signal));
  });
  return { ...tally.result(), ...(derivations && { derivations }) };
}

/** What an earlier run uploaded or the CAT lists needs no room. */
async function checkRoomFor(closure: readonly PathInfo[], room: StampRoom, options: PublishOptions): Promise<void> {
  const { nix, journal, live, storeDir, level = 9, parallel = 4, onProgress } = options;
  const fresh = closure.filter((info) => !findUpload(journal, info, level, storeDir));
  await checkRoom(fresh, room, {
    ...{ nix, storeDir, level, parallel, signal: options.signal ?? new AbortController().signal },
    needed: async (paths) => {
      const { verdicts } = await askLive(paths, live, storeDir);
      return paths.filter((info) => verdicts.get(info) !== true);
    },
    onReckoned: (storePath) => onProgress?.({ kind: "reckoned", storePath }),
  });
}

function nameThePath(path: string, error: unknown): unknown {
  if (!isCatnixError(error) || error.code === "STORE_PATH_MODIFIED") return error;
  return new CatnixError("PUBLISH_FAILED", { path, reason: `${error.message}. ${error.hint}` }, { cause: error });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
