import { join } from "node:path";
import { type RunningDev, startDev } from "../../../scripts/lab/catnix.js";
import { buildClosure, buildUnapproved, type Closure } from "../../../scripts/lab/debian-closure.js";
import type { NixClient } from "../../../scripts/lab/nix-client.js";
import type { DevNetwork } from "../../../src/cli/dev/dev-network.js";
import { parseStorePath } from "../../../src/nix/store-path.js";
import { approve, publish, type Published } from "./consortium.js";
import { type LabFolder, makeLabFolder } from "./lab-folder.js";
import { listLeftBehind } from "./left-behind.js";

const silent = () => undefined;

/** A `catnix dev` that serves a closure which a Nix of this machine built and two of three members signed. */
export class PublishedClosure {
  #dev: RunningDev;

  private constructor(
    readonly folder: LabFolder,
    dev: RunningDev,
    readonly builder: NixClient,
    readonly closure: Closure,
    /** Built, but in no batch. */
    readonly unapproved: string,
    readonly batchFile: string,
    /** What the commands said: the first upload, and a second one before the batch was approved. */
    readonly published: { readonly first: Published; readonly second: Published },
  ) {
    this.#dev = dev;
  }

  static async make(): Promise<PublishedClosure> {
    const folder = await makeLabFolder("e2e");
    let dev: RunningDev | undefined;
    try {
      const builder = await folder.newClient();
      const options = { client: builder, workDir: join(folder.path, "work"), log: silent };
      const closure = await buildClosure(options);
      const { path: unapproved } = await buildUnapproved(options);
      dev = await startDev(join(folder.path, "network"));
      const batchFile = join(folder.path, "batch.json");
      const first = await publish(dev.network, builder.root, closure.root, batchFile);
      const second = await publish(dev.network, builder.root, closure.root, batchFile);
      await approve(dev.network, batchFile);
      return new PublishedClosure(folder, dev, builder, closure, unapproved, batchFile, { first, second });
    } catch (error) {
      await dev?.stop();
      await folder.remove();
      throw error;
    }
  }

  get network(): DevNetwork {
    return this.#dev.network;
  }

  /** Where a client gets store paths, and whom it trusts. */
  get from(): { substituters: string[]; trustedKeys: string[] } {
    return { substituters: [this.network.relay], trustedKeys: [this.network.publicKey] };
  }

  /** What was published of a store path. */
  addressesOf(storePath: string): Published["paths"][number] {
    return this.published.first.paths.find((path) => path.storePath === storePath)!;
  }

  /** HTTP statuses of the relay for the narinfo and the NAR of a published path. */
  async statusesOf(storePath: string): Promise<{ narInfo: number; nar: number }> {
    const status = async (path: string) => {
      const response = await fetch(`${this.network.relay}/${path}`);
      await response.body?.cancel();
      return response.status;
    };
    const { hashPart } = parseStorePath(storePath);
    const narAddress = this.published.first.paths.find((path) => path.storePath === storePath)?.narAddress;
    return {
      narInfo: await status(`${hashPart}.narinfo`),
      nar: narAddress === undefined ? 404 : await status(`nar/${narAddress}.nar.zst`),
    };
  }

  /** A second binary cache, in a folder, with the closures of `paths` signed by a key of its own. */
  async makeSecondCache(...paths: string[]): Promise<{ url: string; publicKey: string }> {
    const { builder, folder } = this;
    const { secretFile, publicKey } = await builder.generateKey("second-1");
    await builder.run("nix", ["store", "sign", "--key-file", secretFile, "--recursive", ...paths], { check: true });
    const url = `file://${join(folder.path, "second")}`;
    await builder.run("nix", ["copy", "--to", `${url}?compression=none`, ...paths], { check: true });
    // Lower goes first; a cache in a folder has 0 where nothing is said, the relay 41.
    return { url: `${url}?priority=60`, publicKey };
  }

  /** Stops `catnix dev` as Ctrl-C does. @returns its exit status */
  stop(): Promise<number | null> {
    return this.#dev.stop();
  }

  /** Starts `catnix dev` on the same folder. */
  async startAgain(): Promise<void> {
    this.#dev = await startDev(this.network.dir);
  }

  /** Ends and removes all of it. @returns what is there all the same */
  async close(): Promise<string[]> {
    await this.stop();
    await this.folder.remove();
    return listLeftBehind(this.folder.path);
  }
}
