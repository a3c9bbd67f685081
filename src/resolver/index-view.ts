import type { Row } from "../cat/row.js";
import { CatnixError } from "../errors/catnix-error.js";
import type { Cursor, IndexReader } from "../index/index-reader.js";
import type { BatchFacts, RegistryView, RowWithdrawal } from "./registry-view.js";

/** The registry as a local index has followed it: no chain is asked, and what came later is not known. */
export class IndexView implements RegistryView {
  readonly from = "index";
  readonly #cursor: Cursor;

  /** @throws CatnixError INDEX_MISSING where it has not followed anything yet; DATABASE_FAILED */
  constructor(
    readonly index: IndexReader,
    file: string,
  ) {
    const cursor = index.cursor();
    if (!cursor) throw new CatnixError("INDEX_MISSING", { file, reason: "it has not seen the chain yet" });
    this.#cursor = cursor;
  }

  get registry() {
    return this.index.registry;
  }

  get block() {
    return { number: this.#cursor.block, hash: this.#cursor.blockHash };
  }

  get head() {
    return this.#cursor.head;
  }

  get seq() {
    return this.#cursor.seq;
  }

  get cat() {
    return this.#cursor.cat;
  }

  findWithdrawal(row: Row): Promise<RowWithdrawal> {
    return Promise.resolve(this.index.findWithdrawal(row));
  }

  findReason(row: Row): Promise<string | undefined> {
    return Promise.resolve(this.index.findWithdrawal(row).reason);
  }

  findBatch(seq: number): Promise<BatchFacts> {
    // Only what is final comes into an index.
    const approval = this.index.findBatch(seq);
    return Promise.resolve({ seq, final: true, ...(approval && { approval }) });
  }
}
