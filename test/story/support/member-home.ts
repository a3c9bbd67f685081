import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCatnix } from "../../../scripts/lab/catnix.js";
import { NixClient } from "../../../scripts/lab/nix-client.js";
import type { CommandResult } from "../../../scripts/lab/run-command.js";
import { createKeystore } from "../../../src/keys/keystore.js";

/** The part of a configuration that says which registry. */
export interface ChainPart {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly registry: string;
  readonly deploymentBlock: number;
  readonly finality: string;
}

/**
 * Somebody with a machine of their own: a folder with a configuration, keys, state. What two of them share is the chain and
 * Swarm, and what they mail each other: {@link mail}.
 */
export class Home {
  private constructor(
    readonly name: string,
    readonly folder: string,
  ) {}

  static async make(parent: string, name: string): Promise<Home> {
    const home = new Home(name, join(parent, name));
    await mkdir(home.folder, { recursive: true });
    await writeFile(home.file("password"), `${name}'s password\n`, { mode: 0o600 });
    return home;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Writes catnix.json. */
  async configure(
    chain: ChainPart,
    swarm: { url: string; urls?: readonly string[] },
    more: object = {},
  ): Promise<void> {
    await writeFile(
      this.file("catnix.json"),
      JSON.stringify({ stateDir: "state", chain, swarm, ...more }, undefined, 2),
    );
  }

  /** `--key` and `--password-file` of a keystore here. */
  keyOf(name: string): string[] {
    return ["--key", this.file(`${name}.json`), "--password-file", this.file("password")];
  }

  /** Runs a command in this folder, in a process of its own, with nothing of the caller's environment. */
  run(...args: string[]): Promise<CommandResult> {
    return runCatnix(args, { cwd: this.folder });
  }

  /** Runs a command with `--json`. @throws LabError COMMAND_FAILED */
  async ask<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { stdout } = await runCatnix([...args, "--json"], { cwd: this.folder, check: true });
    return JSON.parse(stdout) as T;
  }

  /** The code of the error that a command ends with. */
  async refusal(...args: string[]): Promise<string | undefined> {
    const { code, stderr } = await this.run(...args, "--json", "--quiet");
    return code === 0 ? undefined : (JSON.parse(stderr) as { error: { code: string } }).error.code;
  }

  /** Makes a keystore that opens quickly. @returns its address */
  async makeKey(name: string): Promise<string> {
    const password = (await readFile(this.file("password"), "utf8")).trim();
    return (await createKeystore(this.file(`${name}.json`), password, { fast: true })).address;
  }

  /** Makes an empty Nix store. @returns its root */
  async makeStore(): Promise<string> {
    const client = await NixClient.open(this.file("nix"));
    await client.run("nix-store", ["--gc", "--print-roots"], { check: true }); // makes the database
    return client.root;
  }
}

/** Sends a file from one home to another, as a mail does. @returns where it is there */
export async function mail(from: Home, name: string, to: Home, as = name): Promise<string> {
  await writeFile(to.file(as), await readFile(from.file(name)));
  return to.file(as);
}
