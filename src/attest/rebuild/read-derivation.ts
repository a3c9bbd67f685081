import { CatnixError } from "../../errors/catnix-error.js";
import { concatBytes } from "../../encoding/bytes.js";
import { checkNarHash } from "../../nix/hash-stream.js";
import { type Derivation, MAX_DERIVATION_SIZE } from "../../nix/derivation.js";
import { NarParser } from "../../nix/nar-parser.js";
import { parseDerivationAt } from "../../nix/text-path.js";
import type { Provide } from "./rebuild-path.js";

/** Bytes of a NAR around the contents of its only file, and some. */
const NAR_ROOM = 1024;

/**
 * Reads a `.drv` from where a rebuild's inputs come from, and compares it with its path.
 * @throws CatnixError REBUILD_INPUT_MISSING, DERIVATION_INVALID, DERIVATION_PATH_MISMATCH, NAR_…; what `provide` throws; the signal's reason
 */
export async function readDerivation(
  path: string,
  { provide, storeDir, signal }: { provide: Provide; storeDir: string; signal: AbortSignal },
): Promise<Derivation> {
  const provided = await provide(path, signal);
  if (provided === undefined) throw new CatnixError("REBUILD_INPUT_MISSING", { derivation: path, path });
  if (provided.narSize > MAX_DERIVATION_SIZE + NAR_ROOM)
    throw new CatnixError("DERIVATION_INVALID", { character: 0, reason: `its NAR has ${provided.narSize} bytes` });
  const parser = new NarParser();
  const pieces: Uint8Array[] = [];
  for await (const piece of checkNarHash(provided.nar(signal), provided))
    for (const event of parser.push(piece)) {
      if (event.type === "directory" || event.type === "symlink")
        throw new CatnixError("DERIVATION_INVALID", { character: 0, reason: `${path} is not a file` });
      if (event.type === "content") pieces.push(event.bytes.slice());
    }
  parser.end();
  return parseDerivationAt(path, concatBytes(...pieces), storeDir);
}
