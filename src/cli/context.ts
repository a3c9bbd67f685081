import { join } from "node:path";
import { requireRegistry, loadConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { Registry } from "../registry/registry.js";
import { BeeStore } from "../swarm/bee-store.js";

/** Options that every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What a command works with; opened as needed, closed at its end. */
export class Context implements Disposable {
  readonly #open: { close(): void }[] = [];
  #interrupt: AbortController | undefined;
  readonly #onSignal = () => this.#interrupt?.abort(new DOMException("interrupted", "AbortError"));

  private constructor(
    readonly config: Config,
    readonly options: GlobalOptions,
  ) {}

  static async load(options: GlobalOptions): Promise<Context> {
    return new Context(await loadConfig({ file: options.config, env: process.env }), options);
  }

  /**
   * Aborted by the first Ctrl-C or SIGTERM from now on. A command that never asks for it, or has not yet, is ended by them
   * at once, as any program is: whoever asks has to heed it.
   */
  get signal(): AbortSignal {
    if (!this.#interrupt) {
      this.#interrupt = new AbortController();
      process.once("SIGINT", this.#onSignal).once("SIGTERM", this.#onSignal);
    }
    return this.#interrupt.signal;
  }

  stateFile(name: string): string {
    return join(this.config.stateDir, name);
  }

  async registry(): Promise<Registry> {
    return this.keep(await Registry.open(this.config.chain.rpcUrl, requireRegistry(this.config)));
  }

  store(): BeeStore {
    const { url, postageBatch } = this.config.swarm;
    return new BeeStore({ url, batchId: postageBatch });
  }

  /** Closes `it` at the command's end. */
  keep<T extends { close(): void }>(it: T): T {
    this.#open.push(it);
    return it;
  }

  /** For people: standard error, so that standard output stays for results. */
  note(text: string): void {
    if (!this.options.quiet && !this.options.json) console.error(text);
  }

  /** The command's result: JSON with --json, else lines for people. */
  print(result: object, text: string): void {
    console.log(this.options.json ? JSON.stringify(result) : text);
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onSignal).off("SIGTERM", this.#onSignal);
    for (const it of this.#open.reverse()) it.close();
  }
}
