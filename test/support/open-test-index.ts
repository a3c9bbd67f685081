import { join } from "node:path";
import type { IndexReader } from "../../src/index/index-reader.js";
import { IndexWriter } from "../../src/index/index-writer.js";
import { testRegistry } from "./fill-index.js";
import { makeTempFolder } from "./temp-folder.js";

/** An empty index in a folder of its own, with a connection that writes and one that reads. */
export interface TestIndex<R extends IndexReader = IndexReader> {
  readonly file: string;
  readonly writer: IndexWriter;
  readonly reader: R;
  /** Closes both, also where a test has done so, and removes the folder. */
  close(): Promise<void>;
}

/** @param Reader `IndexReader`, or a class of one that lets a test see what is read */
export async function openTestIndex<R extends IndexReader>(
  Reader: new (...args: ConstructorParameters<typeof IndexReader>) => R,
): Promise<TestIndex<R>> {
  const folder = await makeTempFolder();
  const file = join(folder.path, "index.db");
  const writer = new IndexWriter(file, testRegistry, "/nix/store");
  const reader = new Reader(file, testRegistry, "/nix/store");
  const close = async () => {
    reader.close();
    writer.close();
    await folder.remove();
  };
  return { file, writer, reader, close };
}
