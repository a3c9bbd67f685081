import { CatnixError } from "../../errors/catnix-error.js";
import { concatBytes } from "../../encoding/bytes.js";
import { checkNarHash } from "../../nix/hash-stream.js";
import { type Derivation, isDerivationName, MAX_DERIVATION_SIZE } from "../../nix/derivation.js";
import { NarParser } from "../../nix/nar-parser.js";
import { parseStorePath } from "../../nix/store-path.js";
import { parseDerivationAt } from "../../nix/text-path.js";
import type { Provide, ProvidedPath } from "./rebuild-path.js";

/** Bytes of a NAR around the contents of its only file, and some. */
const NAR_ROOM = 1024;
/** The most bytes of `.drv` files that one derivation may be made with; nixpkgs' largest need some 100 MB. */
const MAX_TEXTS = 256 << 20;

/** A `.drv` whose text is the one that its path commits to. */
export interface ReadDerivation {
  readonly derivation: Derivation;
  readonly contents: Uint8Array;
  readonly provided: ProvidedPath;
}

/**
 * Reads derivations from where a rebuild's inputs come from, each compared with its path; a bounded number of bytes of them.
 * @throws CatnixError REBUILD_REFUSED where it is no derivation's path, or they are too large; REBUILD_INPUT_MISSING,
 * DERIVATION_INVALID, DERIVATION_PATH_MISMATCH, NAR_…; what `provide` throws; the signal's reason
 */
export class DerivationReader {
  #room = MAX_TEXTS;

  /** @param neededBy the derivation that is made with them */
  constructor(
    readonly neededBy: string,
    readonly provide: Provide,
    readonly storeDir: string,
  ) {}

  async read(path: string, signal: AbortSignal): Promise<ReadDerivation> {
    if (!isDerivation(path, this.storeDir)) throw refused(path, "it is not a derivation");
    const provided = await this.provide(path, signal);
    if (provided === undefined) throw new CatnixError("REBUILD_INPUT_MISSING", { derivation: this.neededBy, path });
    const contents = await readFileOf(provided, signal);
    this.#room -= contents.length;
    if (this.#room < 0) throw refused(this.neededBy, `it is made with more than ${MAX_TEXTS} bytes of derivations`);
    return { derivation: parseDerivationAt(path, contents, this.storeDir), contents, provided };
  }
}

/** @throws CatnixError STORE_PATH_INVALID */
export function isDerivation(path: string, storeDir: string): boolean {
  return isDerivationName(parseStorePath(path, storeDir).name);
}

function refused(derivation: string, reason: string): CatnixError {
  return new CatnixError("REBUILD_REFUSED", { derivation, reason });
}

async function readFileOf(provided: ProvidedPath, signal: AbortSignal): Promise<Uint8Array> {
  const invalid = (reason: string) => new CatnixError("DERIVATION_INVALID", { character: 0, reason });
  if (provided.narSize > MAX_DERIVATION_SIZE + NAR_ROOM) throw invalid(`its NAR has ${provided.narSize} bytes`);
  const parser = new NarParser();
  const pieces: Uint8Array[] = [];
  for await (const piece of checkNarHash(provided.nar(signal), provided))
    for (const event of parser.push(piece)) {
      if (event.type === "directory" || event.type === "symlink" || (event.type === "file" && event.executable))
        throw invalid(`${provided.storePath} is not a plain file`);
      if (event.type === "content") pieces.push(event.bytes.slice());
    }
  parser.end();
  return concatBytes(...pieces);
}
