import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";

/** Flips one bit in the middle of a stored chunk, as a failing disk would. */
export function damageChunk(file: string, address: Uint8Array): void {
  const database = new DatabaseSync(file);
  try {
    const data = database.prepare("SELECT data FROM chunks WHERE address = ?").get(address)!["data"] as Uint8Array;
    data[data.length >> 1]! ^= 1;
    const { changes } = database.prepare("UPDATE chunks SET data = ? WHERE address = ?").run(data, address);
    expect(changes).to.equal(1);
  } finally {
    database.close();
  }
}
