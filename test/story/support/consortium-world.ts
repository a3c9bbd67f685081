import { JsonRpcProvider, NonceManager, parseEther, type Wallet } from "ethers";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunningDev, startDev } from "../../../scripts/lab/catnix.js";
import type { DevNetwork } from "../../../src/cli/dev/dev-network.js";
import { openKeystore } from "../../../src/keys/keystore.js";
import { PermissiveDelegate__factory } from "../../../src/registry/contract-types/factories/mocks/PermissiveDelegate__factory.js";
import { BuildWorld } from "../../attest/support/build-world.js";
import { type LabFolder, makeLabFolder } from "../../e2e/support/lab-folder.js";
import { listLeftBehind } from "../../e2e/support/left-behind.js";
import { delegateTo, deploySafe, type TestSafe } from "../../support/deploy-safe.js";
import { type ChainPart, Home, mail } from "./member-home.js";

/** Feta is a Safe of three owners of which two sign; Gouda delegates to a contract that vouches for anything; the others are accounts. */
const NAMES = ["asiago", "brie", "comte", "danbo", "edam", "feta", "gouda"] as const;
const OTHERS = ["publisher", "outsider", "guardian", "newcomer"] as const;

export const PUBLISH_THRESHOLD = 4;
const COUNCIL_THRESHOLD = 5;

/** What the founding council's file says. */
export interface Founding {
  readonly members: readonly string[];
  readonly guardian: string;
  readonly charter: string;
  readonly publishThreshold: number;
  readonly councilThreshold: number;
}

type Homes<N extends string> = Readonly<Record<N, Home>>;

/**
 * The people of a consortium, each with a folder, keys and processes of their own, a chain, and Swarm by two nodes. They are not founded
 * yet, and have no keys.
 */
export class ConsortiumWorld {
  readonly #dev: RunningDev;
  readonly #accounts = new Map<Home, string>();
  readonly #stores = new Map<Home, string>();

  private constructor(
    readonly folder: LabFolder,
    dev: RunningDev,
    /** Pays for all that needs ether. */
    readonly payer: NonceManager,
    /** Where the publisher builds. */
    readonly builds: BuildWorld,
    readonly members: Homes<(typeof NAMES)[number]>,
    readonly others: Homes<(typeof OTHERS)[number]>,
    /** The registry that all are configured for: at first the network's own. */
    public chain: ChainPart,
  ) {
    this.#dev = dev;
  }

  static async start(): Promise<ConsortiumWorld> {
    const folder = await makeLabFolder("consortium");
    let dev: RunningDev | undefined;
    try {
      dev = await startDev(join(folder.path, "network"));
      const { rpcUrl, chainId, registry, keys, passwordFile } = dev.network;
      const provider = new JsonRpcProvider(rpcUrl, chainId, { staticNetwork: true });
      const password = (await readFile(passwordFile, "utf8")).trim();
      const payer = new NonceManager((await openKeystore(keys.publisher, password)).connect(provider));
      const builds = await BuildWorld.make(folder.path);
      const [members, others] = [await makeHomes(folder.path, NAMES), await makeHomes(folder.path, OTHERS)];
      const chain = { rpcUrl, chainId, registry, deploymentBlock: 0, finality: "latest" };
      return new ConsortiumWorld(folder, dev, payer, builds, members, others, chain);
    } catch (error) {
      await dev?.stop();
      await folder.remove();
      throw error;
    }
  }

  /** @returns processes that were left behind */
  async close(): Promise<string[]> {
    await this.#dev.stop();
    await this.folder.remove();
    return listLeftBehind(this.folder.path);
  }

  get network(): DevNetwork {
    return this.#dev.network;
  }

  /** The Swarm node through which the publisher uploads. */
  get uploadNode(): string {
    return this.network.swarm[0];
  }

  /** The one that everybody else asks first. */
  get otherNode(): string {
    return this.network.swarm[1];
  }

  get everyMember(): readonly Home[] {
    return NAMES.map((name) => this.members[name]);
  }

  /** The address that stands for somebody in the registry. */
  accountOf(home: Home): string {
    return this.#accounts.get(home)!;
  }

  /** A member's keys and its entry for the charter; the entry is all that leaves the folder. */
  async enrol(member: Home, account?: string): Promise<void> {
    this.#accounts.set(member, account ?? (await member.makeKey("account")));
    await member.makeKey("owned");
    this.#stores.set(member, await member.makeStore());
    const nixKeys = ["rebuilt", "copied"].map((how) => `${member.name}-${how}-1`);
    for (const key of nixKeys) await member.ask("key", "create-nix", key);
    await member.ask(
      ...["charter", "member", "--name", member.name, "--key", account ?? member.file("account.json")],
      ...["--owned-key", member.file("owned.json")],
      ...nixKeys.flatMap((key) => ["--nix-key", member.file(`${key}.secret`)]),
    );
  }

  /** Enrols a member that is a Safe of three owners, of whom two sign. */
  async enrolSafe(member: Home): Promise<TestSafe> {
    const owners = [];
    for (const at of [1, 2, 3]) owners.push(await member.makeKey(`owner-${at}`));
    const safe = await deploySafe(this.payer, owners, 2);
    await this.enrol(member, safe.address);
    return safe;
  }

  /** Enrols a member whose account has EIP-7702 code that accepts any signature. */
  async enrolDelegating(member: Home): Promise<void> {
    await this.enrol(member);
    const delegate = await new PermissiveDelegate__factory(this.payer).deploy();
    const wallet = await this.openAccount(member, "account");
    await this.#give(wallet.address);
    await delegateTo(wallet.connect(this.payer.provider), await (await delegate.waitForDeployment()).getAddress());
  }

  /** The publisher makes a charter of the entries that it was mailed. @returns its address on Swarm */
  async publishCharter(): Promise<string> {
    const { publisher } = this.others;
    for (const member of this.everyMember) await mail(member, `${member.name}.member.json`, publisher);
    await this.#configurePublisher();
    const entries = this.everyMember.flatMap(({ name }) => ["--member", `${name}.member.json`]);
    await publisher.ask("charter", "create", "--name", "Cheese for everybody", "--system", "x86_64-linux", ...entries);
    return (await publisher.ask<{ address: string }>("charter", "publish", "charter.json")).address;
  }

  /** The publisher deploys the registry of all who are enrolled, and everybody is configured for it. */
  async deployRegistry(charter: string): Promise<Founding> {
    const { publisher, outsider, guardian, newcomer } = this.others;
    for (const who of [publisher, outsider, guardian]) {
      this.#accounts.set(who, await who.makeKey("account"));
      await this.#give(this.accountOf(who));
    }
    const council: Founding = {
      ...{ members: this.everyMember.map((member) => this.accountOf(member)), guardian: this.accountOf(guardian) },
      ...{ charter, publishThreshold: PUBLISH_THRESHOLD, councilThreshold: COUNCIL_THRESHOLD },
    };
    await writeFile(publisher.file("council.json"), JSON.stringify(council));
    const deploy = ["registry", "deploy", "--council", "council.json", ...publisher.keyOf("account")];
    const deployed = await publisher.ask<{ chain: ChainPart }>(...deploy);
    this.chain = { ...deployed.chain, rpcUrl: this.network.rpcUrl, finality: "latest" };
    await this.#configurePublisher();
    const owned = { member: { ownedKeyFile: "owned.json", ownedPasswordFile: "password" } };
    for (const member of [...this.everyMember, newcomer]) await this.configure(member, owned);
    for (const who of [outsider, guardian]) await this.configure(who);
    return council;
  }

  async configure(who: Home, more: object = {}): Promise<void> {
    await who.configure(this.chain, { url: this.otherNode, urls: [this.uploadNode] }, more);
  }

  async openAccount(member: Home, name: string): Promise<Wallet> {
    const password = (await readFile(member.file("password"), "utf8")).trim();
    return openKeystore(member.file(`${name}.json`), password);
  }

  /** Builds an attribute of `builds.nix`. @returns its outputs */
  async build(attribute: string): Promise<string[]> {
    return (await this.builds.build(attribute)).published.map(({ storePath }) => storePath);
  }

  /** The publisher uploads paths and drafts a batch of them. */
  async publish(out: string, ...paths: string[]): Promise<void> {
    const from = ["--with-derivations", "--store", this.builds.client.root];
    await this.others.publisher.ask("publish", ...paths, ...from, "--out", out);
  }

  attestArgs(member: Home, draft: string): string[] {
    return ["attest", draft, "--member", this.accountOf(member), "--store", this.#stores.get(member)!];
  }

  /** Attests and signs as a member does, in its own folder; the approval goes to Swarm. */
  async approve(member: Home, draft: string): Promise<void> {
    await member.ask(...this.attestArgs(member, draft));
    const attestation = ["--attestation", `${draft.replace(/\.json$/, "-attestation")}/attestation.json`];
    const isSafe = member === this.members.feta;
    const as = isSafe ? ["--safe", this.accountOf(member)] : [];
    for (const key of isSafe ? ["owner-1", "owner-3"] : ["account"])
      await member.ask("batch", "sign", draft, "--yes", ...member.keyOf(key), ...as, ...attestation);
  }

  /** Shows an act, and signs it with the member's account. */
  async signAct(member: Home, file: string, out: string): Promise<void> {
    await member.ask("registry", "sign", file, "--yes", ...member.keyOf("account"), "--out", out);
  }

  async #configurePublisher(): Promise<void> {
    await this.others.publisher.configure(this.chain, { url: this.uploadNode, urls: [this.otherNode] });
  }

  async #give(to: string): Promise<void> {
    await (await this.payer.sendTransaction({ to, value: parseEther("1") })).wait();
  }
}

async function makeHomes<N extends string>(parent: string, names: readonly N[]): Promise<Homes<N>> {
  const homes = await Promise.all(names.map(async (name) => [name, await Home.make(parent, name)] as const));
  return Object.fromEntries(homes) as Homes<N>;
}
