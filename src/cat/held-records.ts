import { fileAddress } from "../bmt/file-hasher.js";
import { parseStorePath } from "../nix/store-path.js";
import { type CatRecord, formatRecord, readAccepted } from "./record.js";
import { NIX_ID_SIZE, SWARM_ID_SIZE } from "./row.js";

/** Bytes that are reserved at a time: a view into them costs a third of what bytes of their own do. */
const SLAB_SIZE = 1 << 20;
const TEXT_OFFSET = NIX_ID_SIZE + SWARM_ID_SIZE;

/** A record that was checked, as the bytes of its text; see {@link HeldRecords}. */
export class HeldRecord {
  /** @param bytes `nixId (20) ‖ swarmId (32) ‖ text` */
  constructor(readonly bytes: Uint8Array) {}

  /** 20 bytes: the hash part of its store path. */
  get nixId(): Uint8Array {
    return this.bytes.subarray(0, NIX_ID_SIZE);
  }

  /** 32 bytes: its Swarm address. */
  get swarmId(): Uint8Array {
    return this.bytes.subarray(NIX_ID_SIZE, TEXT_OFFSET);
  }

  /** How many bytes its canonical text has. */
  get size(): number {
    return this.bytes.length - TEXT_OFFSET;
  }

  /** Its canonical text. */
  get text(): string {
    return this.#decode(TEXT_OFFSET, this.bytes.length);
  }

  /** Read from the text each time: whoever needs several fields asks once. */
  get record(): CatRecord {
    return readAccepted(this.text);
  }

  /** The record's own, without reading the others. */
  get storePath(): string {
    return this.#decode(TEXT_OFFSET + "StorePath: ".length, this.bytes.indexOf(0x0a, TEXT_OFFSET));
  }

  #decode(from: number, to: number): string {
    const { buffer, byteOffset } = this.bytes;
    return Buffer.from(buffer, byteOffset + from, to - from).toString();
  }
}

/**
 * Holds the records of a large batch until it is through, as bytes outside of V8's heap: as objects they would take twice the
 * room, and as much again until they are collected.
 */
export class HeldRecords {
  #slab = new Uint8Array(0);
  #used = 0;

  /** @param storeDir the one store folder of the registry */
  constructor(readonly storeDir: string) {}

  /**
   * @param known what the caller has made of this very record already: its canonical text, and the Swarm address of that
   * @throws CatnixError CAT_RECORD_INVALID where the fields do not make a record
   */
  add(record: CatRecord, known?: { readonly text: Uint8Array; readonly swarmId: Uint8Array }): HeldRecord {
    const text = known?.text ?? Buffer.from(formatRecord(record, this.storeDir));
    const { nixId } = parseStorePath(record.storePath, this.storeDir);
    const bytes = this.#reserve(TEXT_OFFSET + text.length);
    bytes.set(nixId);
    bytes.set(known?.swarmId ?? fileAddress(text), NIX_ID_SIZE);
    bytes.set(text, TEXT_OFFSET);
    return new HeldRecord(bytes);
  }

  #reserve(size: number): Uint8Array {
    if (size > this.#slab.length - this.#used) {
      this.#slab = new Uint8Array(Math.max(SLAB_SIZE, size));
      this.#used = 0;
    }
    return this.#slab.subarray(this.#used, (this.#used += size));
  }
}
