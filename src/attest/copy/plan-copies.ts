import { join } from "node:path";
import { isCatnixError } from "../../errors/catnix-error.js";
import type { PublicKey } from "../../nix/signing-key.js";
import { parseStorePath } from "../../nix/store-path.js";
import type { ContentStore } from "../../swarm/content-store.js";
import type { AttestTask } from "../attest-rows.js";
import { checkAddress } from "../check-address.js";
import { keepNars } from "../keep-nars.js";
import { readNarOf } from "../read-nar-of.js";
import type { RowOutcome, RowToAttest } from "../row-outcome.js";
import type { BuilderCache } from "./builder-cache.js";
import { checkCopy, type SignedCopy } from "./check-copy.js";

export interface CopyOptions {
  readonly builders: readonly BuilderCache[];
  readonly keys: readonly PublicKey[];
  readonly store: ContentStore;
  readonly storeDir: string;
  /** Absolute: both NARs of what differs are kept in a folder below it. */
  readonly folder: string;
}

/** Holds each row to its own contents, or else to what the named builders signed. */
export function planCopies(rows: readonly RowToAttest[], options: CopyOptions): AttestTask[] {
  return rows.map((row) => ({
    rows: [row],
    mode: "copy",
    check: async (_rows, signal) => [await checkRow(row, options, signal)],
  }));
}

async function checkRow(row: RowToAttest, options: CopyOptions, signal: AbortSignal): Promise<RowOutcome> {
  const { store, storeDir } = options;
  const readNar = () => readNarOf(row.record, store, signal);
  return (await checkAddress(row.record, { storeDir, readNar })) ?? compareCopy(row, options, signal);
}

/** Compares a row with what the builders have, and keeps both NARs where they differ. */
export function compareCopy(
  { record }: RowToAttest,
  { builders, keys, store, storeDir, folder }: CopyOptions,
  signal: AbortSignal,
): Promise<RowOutcome> {
  const { baseName } = parseStorePath(record.storePath, storeDir);
  const kept = join(folder, "differs", baseName);
  const keep = async ({ builder, info }: SignedCopy) => {
    try {
      const published = (ended: AbortSignal) => readNarOf(record, store, ended);
      const found = (ended: AbortSignal) => builder.readNar(info, ended);
      return { kept, difference: await keepNars(kept, { published, found, other: "builder" }, signal) };
    } catch (error) {
      // That they differ is known without the NARs: their hashes do.
      if (!isCatnixError(error) || isCatnixError(error, "DISK_FULL", "FILE_UNWRITABLE")) throw error;
      return { difference: `the NARs could not be compared: ${error.message}` };
    }
  };
  return checkCopy(record, { builders, keys, storeDir, keep, signal });
}
