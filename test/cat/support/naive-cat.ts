import type { Row } from "../../../src/cat/row.js";
import { swarmAddressByBeeJs } from "../../support/swarm-oracle.js";

/**
 * The CAT as docs/spec.md defines it, in the plainest way: a table of rows by hex `nixId`, laid out as one file of 2^depth
 * buckets, whose address bee-js computes. Shares no code with src/.
 */
export class NaiveCat {
  readonly rows = new Map<string, { seq: bigint; swarmId: string }>();
  depth = 0;

  apply(delta: readonly Row[]): void {
    for (const { nixId, seq, swarmId } of delta)
      this.rows.set(Buffer.from(nixId).toString("hex"), {
        seq: BigInt(seq),
        swarmId: Buffer.from(swarmId).toString("hex"),
      });
    while (Math.max(0, ...[...this.#buckets().values()].map((bucket) => bucket.length)) > 64) this.depth++;
  }

  address(): Promise<string> {
    return swarmAddressByBeeJs(this.toBytes());
  }

  toBytes(): Uint8Array {
    const file = Buffer.alloc(4096 * 2 ** this.depth);
    for (const [number, bucket] of this.#buckets()) file.write(bucket.join(""), 4096 * Number(number), "hex");
    return file;
  }

  /** Hex rows by bucket number, ascending. */
  #buckets(): Map<bigint, string[]> {
    const buckets = new Map<bigint, string[]>();
    for (const [nixId, { seq, swarmId }] of [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const number = BigInt(`0x${nixId}`) >> BigInt(160 - this.depth);
      const row = `${nixId}00000000${seq.toString(16).padStart(16, "0")}${swarmId}`;
      buckets.set(number, [...(buckets.get(number) ?? []), row]);
    }
    return buckets;
  }
}
