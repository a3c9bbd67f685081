import { drain } from "../encoding/drain.js";
import type { ZstdBlock } from "../encoding/zstd-frame.js";
import type { FrameObserver } from "../encoding/zstd-frames.js";
import { hashStream, type StreamHash } from "../nix/hash-stream.js";
import { ALIGNMENT, BUILD_ID_SIZE, REFERENCE_SIZE } from "./constants.js";
import { decodeNarFile } from "./decode-nar-file.js";

/** One frame of a NAR file. */
export interface FrameInfo {
  /** A piece of the NAR, or a frame that decoders skip: padding, a seek table, anything. */
  readonly kind: "piece" | "skipped" | "seek table";
  /** Where it begins in the file. */
  readonly offset: number;
  /** Bytes in the file. */
  readonly size: number;
  /** Bytes of the NAR. */
  readonly contentSize: number;
  readonly blocks: number;
  /** Raw blocks of the size of a hash part or a build id: regions that were written in place. */
  readonly regions: number;
}

export interface NarFileInfo {
  readonly nar: StreamHash;
  readonly fileSize: number;
  /** The first ones; `frameCount` counts all. */
  readonly frames: readonly FrameInfo[];
  readonly frameCount: number;
  readonly pieces: number;
  readonly regions: number;
  /** Bytes of frames that are skipped. */
  readonly skippedSize: number;
  readonly hasSeekTable: boolean;
  /** Whether every piece begins at a chunk of Swarm. */
  readonly isAligned: boolean;
}

/** Frames that are described one by one. */
const MAX_FRAMES = 65_536;

/**
 * Reads a NAR file to its end and says what is in it.
 * @throws CatnixError like {@link decodeNarFile}
 */
export async function inspectNarFile(file: AsyncIterable<Uint8Array>): Promise<NarFileInfo> {
  const list = new FrameList();
  let hasSeekTable = false;
  const nar = hashStream(decodeNarFile(file, { observer: list, onEnd: (has) => void (hasSeekTable = has) }));
  await drain(nar);
  return { nar: nar.result(), ...list.summary(hasSeekTable) };
}

class FrameList implements FrameObserver {
  readonly #frames: FrameInfo[] = [];
  #offset = 0;
  #blocks = 0;
  #regions = 0;
  readonly #sums = { frameCount: 0, pieces: 0, regions: 0, skippedSize: 0, isAligned: true };

  onBlock({ type, size }: ZstdBlock): void {
    this.#blocks++;
    if (type === "raw" && (size === REFERENCE_SIZE || size === BUILD_ID_SIZE)) this.#regions++;
  }

  onFrame(size: number, contentSize: number): void {
    this.#sums.pieces++;
    this.#sums.regions += this.#regions;
    if (this.#offset % ALIGNMENT !== 0) this.#sums.isAligned = false;
    this.#add("piece", size, contentSize);
  }

  onSkippable(_variant: number, size: number): void {
    this.#sums.skippedSize += size;
    this.#add("skipped", size, 0);
  }

  /** @param hasSeekTable whether the last frame is one: any other of its kind is only skipped */
  summary(hasSeekTable: boolean): Omit<NarFileInfo, "nar"> {
    const last = this.#sums.frameCount - 1;
    const frames = this.#frames.map((frame, at) =>
      hasSeekTable && at === last ? { ...frame, kind: "seek table" as const } : frame,
    );
    return { fileSize: this.#offset, frames, hasSeekTable, ...this.#sums };
  }

  #add(kind: FrameInfo["kind"], size: number, contentSize: number): void {
    const [offset, blocks, regions] = [this.#offset, this.#blocks, this.#regions];
    if (this.#frames.length < MAX_FRAMES) this.#frames.push({ kind, offset, size, contentSize, blocks, regions });
    this.#sums.frameCount++;
    this.#offset += size;
    this.#blocks = this.#regions = 0;
  }
}
