import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandResult } from "../../../scripts/lab/run-command.js";
import type { Batch } from "../../../src/cat/batch.js";
import { writeBatchFile } from "../../../src/consortium/batch-file.js";
import { createKeystore } from "../../../src/keys/keystore.js";
import { makeRecord } from "../../support/fill-index.js";
import { encodeNar } from "../../support/nar-tree.js";
import { draftBatch } from "../../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../../support/registry-world.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { wellKnownKey } from "../../support/well-known-key.js";
import { runCli, runHere } from "./run-cli.js";

const PASSWORD = "correct horse battery staple";

/** Accounts of the registry world; account 9 is nobody. */
const ACCOUNTS = { payer: 0, alice: 1, bob: 2, carol: 3, guardian: 4, nobody: 9 } as const;
export type Account = keyof typeof ACCOUNTS;

/** A real registry and node, and a folder with what a user of the commands has: configuration, keys, passwords. */
export class CliWorld {
  /** Everything that any command printed. */
  #printed = "";

  private constructor(
    readonly registry: RegistryWorld,
    readonly temporary: { path: string; remove(): Promise<void> },
  ) {}

  static async start(): Promise<CliWorld> {
    const registry = await startRegistryWorld();
    const world = new CliWorld(registry, await makeTempFolder());
    for (const [name, account] of Object.entries(ACCOUNTS))
      await createKeystore(world.file(`${name}.json`), PASSWORD, { privateKey: wellKnownKey(account), fast: true });
    await writeFile(world.file("password"), `${PASSWORD}\n`, { mode: 0o600 });
    await writeFile(world.file("wrong"), "incorrect donkey\n", { mode: 0o600 });
    await writeFile(world.file("open"), `${PASSWORD}\n`, { mode: 0o644 });
    await world.writeConfig("catnix.json");
    return world;
  }

  get folder(): string {
    return this.temporary.path;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Names of what is in a folder. */
  list(name: string): Promise<string[]> {
    return readdir(this.file(name));
  }

  /** Writes a configuration with other settings of the chain, and further sections; gives its file. */
  async writeConfig(name: string, chain: object = {}, others: object = {}): Promise<string> {
    const { rpcUrl, deploymentBlock, swarmProxy } = this.registry;
    const { id } = this.registry.registry;
    const config = { chain: { rpcUrl, deploymentBlock, ...id, ...chain }, swarm: { url: swarmProxy.url }, ...others };
    await writeFile(this.file(name), JSON.stringify(config));
    return this.file(name);
  }

  keyOf(account: Account, password = "password"): string[] {
    return ["--key", this.file(`${account}.json`), "--password-file", this.file(password)];
  }

  /** Runs a command in the folder, where `catnix.json` is. */
  async run(args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> {
    return this.#remember(await runCli(args, { cwd: this.folder, env }));
  }

  /** Runs a command in this process, with `catnix.json` of the folder where `args` name no other. */
  async runHere(args: readonly string[]): Promise<CommandResult> {
    const config = args.includes("--config") ? [] : ["--config", this.file("catnix.json")];
    return this.#remember(await runHere([...args, ...config]));
  }

  #remember(result: CommandResult): CommandResult {
    this.#printed += result.stdout + result.stderr;
    return result;
  }

  /** Uploads a path and a batch that lists it, and writes the batch file; a day is left to sign it. */
  async draft(name: string, overrides: Partial<Batch> = {}): Promise<string> {
    const contents = Buffer.from(name);
    const nar = encodeNar({ type: "regular", executable: false, contents });
    await this.registry.store.write(nar);
    const deadline = Math.floor(Date.now() / 1000) + 86_400;
    const batch = await draftBatch(this.registry, [makeRecord(name, nar)], { deadline, ...overrides });
    const file = this.file(`${name}.json`);
    await writeBatchFile(file, { registry: this.registry.registry.id, batch, approvals: [] });
    return file;
  }

  /** Changes a JSON file in place. */
  async alter(file: string, change: (content: Record<string, unknown>) => object): Promise<void> {
    const content = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    await writeFile(file, JSON.stringify(change(content)));
  }

  /** Secrets that some command printed: there should be none. */
  findLeaks(): string[] {
    const keys = Object.values(ACCOUNTS).map((account) => wellKnownKey(account).slice(2));
    return [PASSWORD, "incorrect donkey", ...keys].filter((secret) => this.#printed.includes(secret));
  }

  /** @throws Error where any command printed a secret */
  async close(): Promise<void> {
    const leaks = this.findLeaks();
    await this.registry.close();
    await this.temporary.remove();
    if (leaks.length > 0) throw new Error(`commands printed ${leaks.length} secrets`);
  }
}
