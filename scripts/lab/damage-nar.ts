import { DatabaseSync } from "node:sqlite";

const SPAN_SIZE = 8;
const ADDRESS_SIZE = 32;

/**
 * Flips one bit in a stored chunk of a file, as a failing disk or a hostile operator would: in its second leaf, so that a
 * reader has had good bytes before.
 * @param databases files of embedded nodes that have the chunk
 * @param address 64 hex digits: a file of more than one chunk
 * @returns what undoes it
 */
export function damageNar(databases: readonly string[], address: string): () => void {
  const flip = () => {
    for (const file of databases) flipIn(file, Buffer.from(address, "hex"));
  };
  flip();
  return flip;
}

function flipIn(file: string, root: Uint8Array): void {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    const select = database.prepare("SELECT data FROM chunks WHERE address = ?");
    const read = (of: Uint8Array) => {
      const data = select.get(of)?.["data"] as Uint8Array | undefined;
      if (!data) throw new Error(`${file} lacks a chunk of the file`);
      return data;
    };
    let [address, level] = [root, read(root)];
    // Down the second, then the first child, to a leaf: the span of a leaf is the length of its payload.
    for (let child = 1; spanOf(level) > level.length - SPAN_SIZE; child = 0) {
      address = level.slice(SPAN_SIZE + child * ADDRESS_SIZE, SPAN_SIZE + (child + 1) * ADDRESS_SIZE);
      level = read(address);
    }
    level[SPAN_SIZE + 100]! ^= 1;
    database.prepare("UPDATE chunks SET data = ? WHERE address = ?").run(level, address);
  } finally {
    database.close();
  }
}

function spanOf(data: Uint8Array): number {
  return Number(new DataView(data.buffer, data.byteOffset).getBigUint64(0, true));
}
