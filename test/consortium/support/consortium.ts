import { NonceManager } from "ethers";
import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import type { Batch } from "../../../src/cat/batch.js";
import type { CatRecord } from "../../../src/cat/record.js";
import { type CheckedBatch, checkBatch, type CheckOptions } from "../../../src/consortium/check-batch.js";
import { formatNixSha256 } from "../../../src/nix/nix-hash.js";
import { parseStorePath } from "../../../src/nix/store-path.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { codeOf } from "../../support/code-of.js";
import { makeStorePath } from "../../support/fill-index.js";
import { encodeNar } from "../../support/nar-tree.js";
import { draftBatch, type Entry, publishBatch } from "../../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../../support/registry-world.js";

/** The NAR of one file. */
export function narOf(contents: Uint8Array | string): Buffer {
  return encodeNar({ type: "regular", executable: false, contents: Buffer.from(contents) });
}

export const nixIdOf = (name: string) => parseStorePath(makeStorePath(name)).nixId;
export const baseNameOf = (name: string) => parseStorePath(makeStorePath(name)).baseName;
export const sha256 = (bytes: Uint8Array) => formatNixSha256(createHash("sha256").update(bytes).digest());

/** A deadline that signing tools accept: a day from now. */
export const tomorrow = () => Math.floor(Date.now() / 1000) + 86_400;

/** A member's view of a real registry and a real node, with a proxy before the node for its faults. */
export class Consortium {
  /** How the member reads Swarm: no second attempts, so that a fault is one. */
  readonly store: BeeStore;

  private constructor(readonly world: RegistryWorld) {
    this.store = new BeeStore({ url: world.swarmProxy.url, retries: 0, firstByteMs: 3000, idleMs: 3000 });
  }

  static async start(): Promise<Consortium> {
    return Consortium.over(await startRegistryWorld());
  }

  /** Of a world that somebody else closes. */
  static over(world: RegistryWorld): Consortium {
    return new Consortium(world);
  }

  /** Uploads a NAR file, by default `contents` compressed, and makes its record. */
  async list(name: string, fields: Partial<CatRecord> = {}, file?: Uint8Array, nar = narOf(name)): Promise<CatRecord> {
    const stored = file ?? (fields.compression === "none" ? nar : zstdCompressSync(nar));
    const { address } = await this.world.store.write(stored);
    return {
      storePath: makeStorePath(name),
      narAddress: address,
      compression: "zstd",
      fileHash: sha256(stored),
      fileSize: stored.length,
      narHash: sha256(nar),
      narSize: nar.length,
      references: [],
      sigs: [],
      ...fields,
    };
  }

  /** The same with references, given by the names of the paths. */
  async refer(name: string, ...references: string[]): Promise<CatRecord> {
    return this.list(name, { references: references.map(baseNameOf).sort() });
  }

  draft(entries: readonly Entry[], overrides: Partial<Batch> = {}): Promise<Batch> {
    return draftBatch(this.world, entries, { deadline: tomorrow(), ...overrides });
  }

  /** Approved by the quorum, as if it had been checked. */
  async approve(...entries: Entry[]): Promise<Batch> {
    return publishBatch(this.world, ...entries);
  }

  check(batch: Batch, options: Partial<CheckOptions> = {}): Promise<CheckedBatch> {
    return checkBatch(batch, { registry: this.world.registry, store: this.store, storeDir: "/nix/store", ...options });
  }

  /** The code with which these entries are refused; undefined where they are accepted. */
  async codeOfBatch(entries: readonly Entry[], overrides: Partial<Batch> = {}, options: Partial<CheckOptions> = {}) {
    const batch = await this.draft(entries, overrides);
    return codeOf(() => this.check(batch, options));
  }

  /** A fault of Swarm for each request whose path contains `text`. */
  breakSwarm(text: string, fault: ReturnType<RegistryWorld["swarmProxy"]["rule"]>): void {
    this.world.swarmProxy.rule = ({ url }) => (url?.includes(text) ? fault : undefined);
  }

  mendSwarm(): void {
    this.world.swarmProxy.rule = () => undefined;
    this.world.swarmProxy.requests.length = 0;
  }

  /** @returns what brings chain, Swarm's faults and the senders' nonces back to now; what was uploaded stays */
  async snapshot(): Promise<() => Promise<void>> {
    const id = await this.world.rpc("evm_snapshot");
    return async () => {
      await this.world.rpc("evm_revert", id);
      for (const signer of [this.world.sender, this.world.guardian]) if (signer instanceof NonceManager) signer.reset();
      this.mendSwarm();
    };
  }

  close(): Promise<void> {
    return this.world.close();
  }
}

/** Paths of which the parent lists the first four, all by batch 1; `lib` refers to `base`, and `tool` to `lib`. */
export interface ListedPaths {
  readonly base: CatRecord;
  readonly lib: CatRecord;
  readonly tool: CatRecord;
  readonly alone: CatRecord;
  /** Uploaded, refers to `base`, and is for a test to list. */
  readonly added: CatRecord;
}

export async function listPaths(consortium: Consortium): Promise<ListedPaths> {
  const base = await consortium.list("base");
  const lib = await consortium.refer("lib", "base");
  const tool = await consortium.refer("tool", "lib", "tool");
  const alone = await consortium.list("alone");
  const added = await consortium.refer("added", "base", "added");
  await consortium.approve(base, lib, tool, alone);
  return { base, lib, tool, alone, added };
}

/** A tombstone for the path of that name. */
export const tombstone = (name: string) => ({ tombstone: makeStorePath(name) });
