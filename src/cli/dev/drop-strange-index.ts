import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { RegistryId } from "../../cat/batch.js";
import { IndexWriter } from "../../index/index-writer.js";
import { AnvilClient } from "./anvil-client.js";

/**
 * Deletes an index that has followed blocks which the chain does not have any more: somebody went back to a snapshot, or put an
 * older copy of the chain in its place. An indexer that finds such a thing halts, as on any chain; this chain is its user's own.
 * @returns whether there was one
 * @throws CatnixError DATABASE_FAILED, INDEX_OF_ANOTHER_REGISTRY, DEV_CHAIN_ENDED
 */
export async function dropStrangeIndex(stateDir: string, rpcUrl: string, id: RegistryId): Promise<boolean> {
  const file = join(stateDir, "index.sqlite");
  if (!existsSync(file)) return false;
  const index = new IndexWriter(file, id, "/nix/store");
  const cursor = index.cursor();
  index.close();
  if (cursor === undefined) return false;
  const params = [`0x${cursor.block.toString(16)}`, false];
  const block = (await new AnvilClient(rpcUrl).call("eth_getBlockByNumber", params)) as { hash: string } | null;
  if (block?.hash === cursor.blockHash) return false;
  for (const end of ["", "-wal", "-shm"]) await rm(`${file}${end}`, { force: true });
  return true;
}
