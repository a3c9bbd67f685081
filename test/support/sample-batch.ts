import type { Batch } from "../../src/cat/batch.js";

/** For tests to which any batch will do: no two of its fields are alike. */
export const sampleBatch: Batch = {
  seq: 12,
  parent: `0x${"ab".repeat(32)}`,
  root: "01".repeat(32),
  depth: 11,
  delta: "02".repeat(32),
  rows: 3,
  pack: "03".repeat(32),
  deadline: 1_900_000_000,
};
