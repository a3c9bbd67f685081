import { join } from "node:path";
import { withoutSecrets } from "../config/endpoint-url.js";
import { requireRegistry, loadConfig } from "../config/load.js";
import { type Config, configSchema } from "../config/schema.js";
import { printableJson } from "../errors/printable.js";
import { createLogger } from "../log/logger.js";
import { Registry } from "../registry/registry.js";
import { BeeEndpoint } from "../swarm/bee-endpoint.js";
import { BeeStore } from "../swarm/bee-store.js";
import type { ContentStore } from "../swarm/content-store.js";
import { openStore } from "../swarm/open-store.js";
import type { OwnedChunkStore } from "../swarm/owned-chunk-store.js";
import { type Colors, colorsFor, NO_COLORS } from "./colors.js";

/** Options that every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** After which people should hear what is waited for, in milliseconds. */
const LONG_MS = 2000;

/** What a command works with; opened as needed, closed at its end. */
export class Context implements Disposable {
  readonly #open: { close(): void }[] = [];
  #interrupt: AbortController | undefined;
  readonly #onSignal = (name: NodeJS.Signals) => this.#interrupt?.abort(new DOMException(name, "AbortError"));

  private constructor(
    readonly config: Config,
    readonly options: GlobalOptions,
  ) {}

  static async load(options: GlobalOptions): Promise<Context> {
    return new Context(await loadConfig({ file: options.config, env: process.env }), options);
  }

  /** For commands that look at the configuration instead of working by it: theirs may be wrong, and is not read. */
  static ofDefaults(options: GlobalOptions): Context {
    return new Context(configSchema.parse({}), options);
  }

  /**
   * Aborted by the first Ctrl-C or SIGTERM from now on. A command that never asks for it, or has not yet, is ended by them
   * at once, as any program is: whoever asks has to heed it. A second one ends it in any case. The reason is an `AbortError`
   * whose message is the signal's name.
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

  /** All its requests end by Ctrl-C and SIGTERM. */
  async registry(): Promise<Registry> {
    const { signal } = this;
    const { rpcUrl } = this.config.chain;
    const opened = Registry.open(rpcUrl, requireRegistry(this.config), { signal });
    return this.keep(await this.wait(`the RPC at ${withoutSecrets(rpcUrl)}`, opened));
  }

  /**
   * As {@link registry}.
   * @param options.cached false for who has to know that the network has what is read
   */
  store({ cached }: { cached?: boolean } = {}): ContentStore {
    const { swarm } = this.config;
    // A command says itself what it failed with; that its cache is of no use is all that it would not say.
    const log = swarm.cacheDir === undefined ? undefined : createLogger("warn");
    return openStore(swarm, { signal: this.signal, cached, log }).store;
  }

  /**
   * The node that uploads go to, for what is no content: its stamps and what it knows of the chain.
   * @param firstByteMs how long it may take to answer; 20 s where not given
   */
  node(firstByteMs?: number): BeeEndpoint {
    return new BeeEndpoint({ url: this.config.swarm.url, firstByteMs, signal: this.signal });
  }

  /** Owned chunks by the configured endpoint; as {@link registry}. */
  ownedStore(): OwnedChunkStore {
    const { url, postageBatch, upload } = this.config.swarm;
    return new BeeStore({ url, batchId: postageBatch, deferred: upload === "deferred", signal: this.signal });
  }

  /** Closes `it` at the command's end. */
  keep<T extends { close(): void }>(it: T): T {
    this.#open.push(it);
    return it;
  }

  /** For what is printed as the result; none with --json. */
  get colors(): Colors {
    return this.options.json ? NO_COLORS : colorsFor(process.stdout);
  }

  /** For people: standard error, so that standard output stays for results. */
  note(text: string): void {
    if (!this.options.quiet && !this.options.json) console.error(text);
  }

  /** Says that a transaction was sent, before anybody waits for it. */
  readonly noteSent = (transactionHash: string): void => {
    this.note(`sent ${transactionHash}, waiting until it is in a block`);
  };

  /** Waits, and says for what where that takes long. */
  async wait<T>(what: string, work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.note(`waiting for ${what}`), LONG_MS);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The command's result: JSON with --json, else lines for people. */
  print(result: object, text: string): void {
    console.log(this.options.json ? printableJson(result) : text);
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.#onSignal).off("SIGTERM", this.#onSignal);
    for (const it of this.#open.reverse()) it.close();
  }
}
