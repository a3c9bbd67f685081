import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import { mapInOrder } from "../async/map-in-order.js";
import { SKIPPABLE_HEADER_SIZE, SKIPPABLE_MAGIC } from "../encoding/zstd-frames.js";
import { ALIGNMENT, DEFAULT_LEVEL } from "./constants.js";
import { cutNar, type NarPiece } from "./cut-nar.js";
import { type EncodedPiece, encodePiece } from "./encode-piece.js";
import { encodeSeekTable, type SeekEntry } from "./seek-table.js";

export interface EncodeNarFileOptions {
  /** Hash parts of the paths that the NAR may mention, its own included: 32 characters of nix-base32 each. */
  readonly references: readonly string[];
  /** Level of zstd, 1 to 19; 9 where not given, which is what `stable-zstd/1` means. */
  readonly level?: number | undefined;
  /** False leaves all regions as they are: for comparison. */
  readonly mask?: boolean | undefined;
  /** Told of each piece, in their order. */
  readonly onPiece?: ((piece: EncodedPiece) => void) | undefined;
}

/** How many pieces are compressed at a time in the whole process, whoever encodes: each has an encoder of its own, of tens of MB. */
const COMPRESSING = Math.min(4, Math.max(2, availableParallelism()));
const compressing = pLimit(COMPRESSING);

/**
 * Encodes a NAR as `stable-zstd/1` while it streams by (docs/spec.md, NAR file). The same NAR and references give the same bytes, in whatever
 * buffers the NAR comes. Memory: 12 MiB of NAR, and a few pieces of at most 4 MiB with their encoders; it does not depend on
 * the NAR's size but for the seek table's 16 bytes a piece. Compresses in libuv's threads; whoever reads slowly holds up the NAR.
 * @throws what `nar` throws
 * @throws RangeError where a reference is not a hash part
 */
export async function* encodeNarFile(
  nar: AsyncIterable<Uint8Array>,
  { references, level = DEFAULT_LEVEL, mask = true, onPiece }: EncodeNarFileOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encode = (piece: NarPiece) =>
    compressing(async () => ({
      isLast: piece.isLast,
      encoded: await encodePiece(mask ? piece : { ...piece, regions: [] }, level),
    }));
  const table: SeekEntry[] = [];
  let hasPieces = false;
  for await (const { encoded, isLast } of mapInOrder(cutNar(nar, references), COMPRESSING, encode)) {
    const { frame, contentSize } = encoded;
    onPiece?.(encoded);
    hasPieces = true;
    yield frame;
    if (isLast && table.length === 0) return;
    table.push({ size: frame.length, contentSize });
    const padding = makePadding(frame.length);
    if (padding.length === 0) continue;
    yield padding;
    table.push({ size: padding.length, contentSize: 0 });
  }
  if (hasPieces) yield encodeSeekTable(table);
  else yield (await encodePiece({ bytes: new Uint8Array(), regions: [], isLast: true }, level)).frame;
}

/** The skippable frame that fills up to the next multiple of 4,096; nothing where it is one. */
export function makePadding(size: number): Uint8Array {
  let gap = (ALIGNMENT - (size % ALIGNMENT)) % ALIGNMENT;
  if (gap === 0) return new Uint8Array();
  if (gap < SKIPPABLE_HEADER_SIZE) gap += ALIGNMENT;
  const padding = Buffer.alloc(gap);
  padding.writeUInt32LE(SKIPPABLE_MAGIC);
  padding.writeUInt32LE(gap - SKIPPABLE_HEADER_SIZE, 4);
  return padding;
}
