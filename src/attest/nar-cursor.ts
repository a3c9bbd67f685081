import { type NarEvent, NarParser } from "../nix/nar-parser.js";

/** An event that a node begins with. */
export type NarNode = Extract<NarEvent, { readonly name: Uint8Array }>;

/** Takes a NAR event by event from a stream, which is read no faster than that. */
export class NarCursor {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #parser = new NarParser();
  #events: readonly NarEvent[] = [];
  #next = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /**
   * The next event.
   * @throws CatnixError NAR_…; and what the source throws
   */
  async next(): Promise<NarEvent> {
    while (this.#next === this.#events.length) {
      const piece = await this.#source.next();
      if (piece.done) {
        this.#parser.end();
        throw new TypeError("the NAR has no more events");
      }
      this.#events = this.#parser.push(piece.value);
      this.#next = 0;
    }
    return this.#events[this.#next++]!;
  }

  /**
   * The next event where a node, or a directory's end, has to be.
   * @throws CatnixError as {@link next}
   */
  async nextEntry(): Promise<NarNode | undefined> {
    const event = await this.next();
    if (event.type === "directory-end") return undefined;
    if (!("name" in event)) throw new TypeError(`a node cannot begin with ${event.type}`);
    return event;
  }

  /** Passes over the rest of a node whose first event was taken. @throws CatnixError as {@link next} */
  async skip(node: NarNode): Promise<void> {
    for (let depth = node.type === "symlink" ? 0 : 1; depth > 0;) {
      const { type } = await this.next();
      if (type === "directory" || type === "file") depth++;
      else if (type === "directory-end" || type === "file-end") depth--;
    }
  }

  /** Reads to the end, after the last event. @throws CatnixError as {@link next} */
  async finish(): Promise<void> {
    for (let piece = await this.#source.next(); !piece.done; piece = await this.#source.next())
      this.#parser.push(piece.value);
    this.#parser.end();
  }

  /** Closes the source, wherever it is. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
