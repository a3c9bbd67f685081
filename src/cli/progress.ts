import { SingleBar } from "cli-progress";
import type { Context } from "./context.js";

const LINE_EVERY_MS = 2000;

/** Progress of long work on standard error: a bar on a terminal, elsewhere a line every two seconds. */
export class Progress implements Disposable {
  readonly #bar: SingleBar | undefined;
  #lastLine = Date.now();

  constructor(
    readonly context: Context,
    readonly what: string,
    total: number,
  ) {
    const { quiet, json } = context.options;
    if (quiet || json || !process.stderr.isTTY) return;
    this.#bar = new SingleBar({
      format: `${what} {bar} {value}/{total} {detail}`,
      stream: process.stderr,
      clearOnComplete: true,
    });
    this.#bar.start(total, 0, { detail: "" });
  }

  update(done: number, total: number, detail: string): void {
    if (this.#bar) {
      this.#bar.setTotal(total);
      this.#bar.update(done, { detail });
    } else if (Date.now() - this.#lastLine >= LINE_EVERY_MS) {
      this.#lastLine = Date.now();
      this.context.note(`${this.what} ${done}/${total} ${detail}`);
    }
  }

  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
