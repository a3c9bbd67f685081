import { expect } from "chai";
import { verifyChunk } from "../../src/bmt/chunk.js";
import { useChecked } from "./check-database.js";

/** Hashes every chunk of an embedded node's database, and counts them as it does. */
export function checkChunks(file: string): void {
  useChecked(file, (database) => {
    let chunks = 0;
    for (const row of database.prepare("SELECT address, data FROM chunks").iterate()) {
      verifyChunk(row["address"] as Uint8Array, row["data"] as Uint8Array);
      chunks++;
    }
    expect(database.prepare("SELECT chunks FROM totals").get()).to.deep.include({ chunks });
  });
}
