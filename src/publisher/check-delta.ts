import { runParallel } from "../async/run-parallel.js";
import { isTombstone, type Row } from "../cat/row.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { parseBaseName } from "../nix/store-path.js";
import type { DeltaEntry } from "./make-delta.js";

/** What of the CAT, the chain and the index a delta is held against. */
export interface LiveState {
  /** Whether the parent CAT lists the `nixId`, with no tombstone and not withdrawn by the guardian. */
  readonly isLive: (nixId: Uint8Array) => Promise<boolean>;
  /** The last batch in which the guardian lets nobody list this build; 0 where it was not withdrawn. */
  readonly withdrawnThrough: (swarmId: Uint8Array) => Promise<number>;
  /**
   * The live paths of the parent CAT whose records refer to a `nixId`: what an index can tell. Without it only the delta's
   * own records are looked at.
   */
  readonly referrersOf?: ((nixId: Uint8Array) => Promise<readonly Referrer[]>) | undefined;
}

/** A live path that refers to another. */
export interface Referrer {
  /** 20 bytes. */
  readonly nixId: Uint8Array;
  readonly storePath: string;
}

const PARALLEL = 8;

/**
 * Holds a delta to what signers will hold it to (docs/spec.md: Closure rule, Decisions).
 * @param replaced the parent's rows that the delta replaces, by `nixId` in hexadecimal
 * @param forced `nixId`s in hexadecimal that may be withdrawn although live paths refer to them
 * @throws CatnixError CAT_TOMBSTONE_UNKNOWN, CAT_WITHDRAWN_BUILD, CAT_CLOSURE_BROKEN, CAT_TOMBSTONE_REFERENCED, and what the
 * callbacks throw; of several faults the first one by `nixId`
 */
export async function checkDelta(
  entries: readonly DeltaEntry[],
  replaced: ReadonlyMap<string, Row>,
  state: LiveState,
  forced: ReadonlySet<string>,
): Promise<void> {
  const byId = new Map(entries.map((entry) => [toHex(entry.row.nixId), entry]));
  const verdicts = new Map<string, Promise<boolean>>();
  /** In the CAT that the delta makes. */
  const isLive = (nixId: Uint8Array): Promise<boolean> => {
    const id = toHex(nixId);
    const own = byId.get(id);
    if (own) return Promise.resolve(own.held !== undefined);
    let verdict = verdicts.get(id);
    if (!verdict) verdicts.set(id, (verdict = state.isLive(nixId)));
    return verdict;
  };
  const check = ({ row, held }: DeltaEntry) =>
    held === undefined
      ? checkTombstone(row, replaced, (id) => byId.has(id), state, forced)
      : checkRecord(row, held.record, isLive, state);
  let fault: { readonly at: number; readonly error: unknown } | undefined;
  await runParallel(entries.entries(), PARALLEL, undefined, async ([at, entry]) => {
    if (fault) return; // those before it have all begun
    await check(entry).catch((error: unknown) => {
      if (!fault || at < fault.at) fault = { at, error };
    });
  });
  if (fault) throw fault.error;
}

async function checkTombstone(
  { nixId }: Row,
  replaced: ReadonlyMap<string, Row>,
  isInDelta: (id: string) => boolean,
  { referrersOf }: LiveState,
  forced: ReadonlySet<string>,
): Promise<void> {
  const id = toHex(nixId);
  const row = replaced.get(id);
  if (row === undefined || isTombstone(row)) throw new CatnixError("CAT_TOMBSTONE_UNKNOWN", { nixId: id });
  if (referrersOf === undefined || forced.has(id)) return;
  // What the delta itself sets is judged by its new record, or goes as well.
  const referrer = (await referrersOf(nixId)).find((path) => !isInDelta(toHex(path.nixId)));
  if (referrer) throw new CatnixError("CAT_TOMBSTONE_REFERENCED", { nixId: id, referrer: referrer.storePath });
}

async function checkRecord(
  { seq, swarmId }: Row,
  { storePath, references }: { storePath: string; references: readonly string[] },
  isLive: (nixId: Uint8Array) => Promise<boolean>,
  { withdrawnThrough }: LiveState,
): Promise<void> {
  const through = await withdrawnThrough(swarmId);
  if (through >= seq) throw new CatnixError("CAT_WITHDRAWN_BUILD", { storePath, through, seq });
  for (const reference of references) {
    // A path's reference to itself is in the delta with it.
    if (!(await isLive(parseBaseName(reference).nixId)))
      throw new CatnixError("CAT_CLOSURE_BROKEN", { storePath, reference });
  }
}
