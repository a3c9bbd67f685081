import { id, Interface, type TypedDataDomain } from "ethers";
import hre from "hardhat";
import { registryDomain } from "../acts.js";
import { Actors } from "./actors.js";
import { argumentsOf, type Council } from "./calls.js";
import { FuzzChain } from "./chain.js";
import { Drafter, type Draft } from "./drafter.js";
import { Picks, type Intent, type Scenario } from "./intents.js";
import { makeInvariants, show, type Invariant, type Step } from "./invariants.js";
import { Refusal, RegistryModel, type ModelEvent } from "./model.js";
import { expectedOf, Observer, type Observation } from "./observation.js";
import { proofRoot } from "./reference-proof.js";
import { StorageMirror } from "./storage-mirror.js";

/** How often each call was made and how it ended: `publish`, `publish WrongSeq`. */
export type Tally = Map<string, number>;

/** What every scenario starts from: a chain with actors on it, and the registry's interface. */
export interface Stage {
  readonly chain: FuzzChain;
  readonly actors: Actors;
  readonly callers: readonly string[];
  readonly face: Interface;
}

export async function prepareStage(): Promise<Stage> {
  const chain = await FuzzChain.create();
  const actors = await Actors.create(chain);
  const member = actors.all[0]!.address;
  await chain.impersonate(member);
  const callers = [await chain.stranger(1), member, await chain.stranger(2)];
  const { abi } = await hre.artifacts.readArtifact("CatRegistry");
  return { chain, actors, callers, face: new Interface(abi) };
}

/** A registry of this stage, its model, and what is known of both. */
class Run {
  #last: Observation;
  #hash = "";

  constructor(
    private readonly stage: Stage,
    private readonly address: string,
    private readonly model: RegistryModel,
    private readonly observer: Observer,
    private readonly mirror: StorageMirror,
    private readonly drafter: Drafter,
    private readonly invariants: readonly Invariant[],
    founding: Observation,
  ) {
    this.#last = founding;
  }

  /** Holds what the chain has against the model. */
  async compare(): Promise<Observation> {
    const found = await this.observer.observe(this.model.seq);
    check(found, expectedOf(this.model), "getters");
    const hash = await this.stage.chain.storageHash(this.address);
    check(hash, await this.mirror.hash(this.model), "storage");
    this.#hash = hash;
    return found;
  }

  /** Makes the call, and holds all that it did against the model and the invariants. */
  async step(draft: Draft, picks: Picks, now: bigint, tally: Tally): Promise<void> {
    const { chain, face } = this.stage;
    const { call, caller } = draft;
    const [before, hashBefore] = [this.#last, this.#hash];
    const expected = this.#expect(draft, now);
    const data = face.encodeFunctionData(call.name, argumentsOf(call));
    const sent = await chain.send(caller, this.address, data, now);
    if (expected instanceof Refusal) {
      const { error, args } = expected;
      const wanted = face.encodeErrorResult(`CatRegistry${error}`, args);
      check("revertData" in sent ? sent.revertData : "accepted", wanted, `refused with ${error}`);
      count(tally, `${call.name} ${error}`);
    } else {
      if ("revertData" in sent)
        throw new Error(`refused: ${face.parseError(sent.revertData)?.name ?? sent.revertData}`);
      const wanted = expected.map(({ name, args }) => face.encodeEventLog(name, args));
      check(
        sent.logs.map(({ topics, data: logged }) => ({ data: logged, topics })),
        wanted,
        "events",
      );
      count(tally, call.name);
    }
    const after = await this.compare();
    const approved = await this.#probe(picks);
    const events = "logs" in sent ? sent.logs.map((log) => face.parseLog(log)!) : [];
    const isStorageMoved = hashBefore !== this.#hash;
    const isRefused = "revertData" in sent;
    for (const { name, holds } of this.invariants)
      if (!holds({ call, caller, before, after, isRefused, events, isStorageMoved, approved }))
        throw new Error(`broken: ${name}`);
    this.#last = after;
  }

  #expect({ call, caller }: Draft, now: bigint): ModelEvent[] | Refusal {
    try {
      return this.model.execute(call, caller, now);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  /** Asks `isApproved` about some row; returns the row where it is. */
  async #probe(picks: Picks): Promise<Step["approved"]> {
    const flaw = picks.from([null, null, null, "slot", "siblings", "sibling", "recordSeq", "recordRow", "recordZero"]);
    const { row, seq, slot, siblings } = this.drafter.draftRecord(picks, flaw);
    const { chain, face } = this.stage;
    const question = face.encodeFunctionData("isApproved", [row, seq, slot, siblings]);
    const answer = await chain.askOne(this.address, question);
    const isApproved = this.model.isApproved(row, seq, slot, siblings);
    check(answer, face.encodeFunctionResult("isApproved", [isApproved]), "isApproved");
    if (!isApproved) return undefined;
    return { swarmId: row.swarmId, seq, root: proofRoot(row, seq, slot, this.model.depth, siblings) };
  }
}

/** Founds a registry and tries everything; throws at the first thing that is not as it must be. */
export async function runScenario(stage: Stage, { founding, intents }: Scenario, tally: Tally): Promise<void> {
  const { chain, actors } = stage;
  const snapshot = await chain.snapshot();
  try {
    const council = draftFounding(stage, new Picks(founding));
    const { members, publishThreshold, councilThreshold, guardian, charter } = council;
    const args = [members, publishThreshold, councilThreshold, guardian, charter];
    const address = await chain.deploy("CatRegistry", args);
    const run = await startRun(stage, address, registryDomain(await chain.chainId(), address), council);
    let now = await chain.now();
    for (const [at, intent] of intents.entries()) {
      now += BigInt(intent.wait);
      if (intent.kind === "toggleWallet") await actors.toggleWallet();
      await tryIntent(run, intent, now, tally, at);
    }
  } finally {
    if (actors.isWalletLapsed) await actors.toggleWallet();
    actors.forget();
    await chain.revert(snapshot);
  }
}

async function tryIntent(
  { run, drafter }: { run: Run; drafter: Drafter },
  intent: Intent,
  now: bigint,
  tally: Tally,
  at: number,
): Promise<void> {
  const draft = drafter.draft(intent, now);
  if (draft === undefined) return;
  try {
    await run.step(draft, new Picks([...intent.picks].reverse()), now, tally);
  } catch (error) {
    throw new Error(`call ${at}, ${show(draft)}: ${String(error)}`, { cause: error });
  }
}

async function startRun(
  stage: Stage,
  address: string,
  domain: TypedDataDomain,
  council: Council,
): Promise<{ run: Run; drafter: Drafter }> {
  const { chain, actors, callers, face } = stage;
  const model = new RegistryModel(domain, council, await chain.now(), actors.holds);
  const drafter = new Drafter(domain, model, actors, callers);
  const observer = new Observer(chain, face, address);
  const founding = await observer.observe(0n);
  const invariants = makeInvariants(domain, founding, actors.holds);
  const run = new Run(stage, address, model, observer, await StorageMirror.create(), drafter, invariants, founding);
  await run.compare();
  return { run, drafter };
}

/** Three members or more, and thresholds that they can reach. */
function draftFounding({ actors, callers }: Stage, picks: Picks): Council {
  const some = picks.some(actors.all);
  const chosen = (some.length < 3 ? actors.all.slice(0, 3) : some).map(({ address }) => address);
  const members = chosen.sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const publishThreshold = 1 + picks.below(2);
  const councilThreshold = publishThreshold + picks.below(members.length - publishThreshold + 1);
  return {
    ...{ seq: 0n, parent: id("none"), deadline: 0n, members },
    publishThreshold: BigInt(publishThreshold),
    councilThreshold: BigInt(councilThreshold),
    guardian: callers[picks.below(2)]!,
    charter: id("charter"),
  };
}

function check(found: unknown, wanted: unknown, what: string): void {
  const [a, b] = [show(found), show(wanted)];
  if (a !== b) throw new Error(`${what}:\n  found  ${a}\n  wanted ${b}`);
}

function count(tally: Tally, key: string): void {
  tally.set(key, (tally.get(key) ?? 0) + 1);
}
