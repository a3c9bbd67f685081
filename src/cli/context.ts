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
  readonly #interrupt = new AbortController();
  readonly #onSignal = () => this.#interrupt.abort(new DOMException("interrupted", "AbortError"));

  private constructor(
    readonly config: Config,
    readonly options: GlobalOptions,
  ) {
    process.once("SIGINT", this.#onSignal).once("SIGTERM", this.#onSignal);
  }

  static async load(options: GlobalOptions): Promise<Context> {
    return new Context(await loadConfig({ file: options.config, env: process.env }), options);
  }

  /** Aborted by Ctrl-C and by SIGTERM. */
  get signal(): AbortSignal {
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
