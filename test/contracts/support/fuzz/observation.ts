import { ZeroHash, type Interface } from "ethers";
import { toPlain } from "../results.js";
import { FuzzChain } from "./chain.js";
import { builds, nixIds } from "./drafter.js";
import type { RegistryModel } from "./model.js";

/** All that a registry answers, as plain values: addresses checksummed, integers bigint. */
export interface Observation {
  readonly state: { head: string; root: string; seq: bigint; time: bigint; depth: bigint };
  readonly alarms: { alarmHead: string; alarms: bigint };
  readonly retirement: { retired: boolean; successorChainId: bigint; successor: string };
  readonly council: {
    members: string[];
    publishThreshold: bigint;
    councilThreshold: bigint;
    guardian: string;
    charter: string;
  };
  /** For 0 to the current number plus one; nothing where it reverts. */
  readonly batchesWithdrawn: (boolean | undefined)[];
  readonly reaches: bigint[];
  readonly lookups: { swarmId: string; seq: bigint }[];
}

/** Asks one registry everything, again and again. */
export class Observer {
  readonly #questionnaires = new Map<bigint, string>();
  readonly #decoded = new Map<string, unknown[]>();
  #last: { answer: string; observation: Observation } | undefined;

  constructor(
    private readonly chain: FuzzChain,
    private readonly face: Interface,
    private readonly registry: string,
  ) {}

  /** What the registry answers; `seq` is what the current number is expected to be. */
  async observe(seq: bigint): Promise<Observation> {
    let questionnaire = this.#questionnaires.get(seq);
    if (questionnaire === undefined) this.#questionnaires.set(seq, (questionnaire = this.#questions(seq)));
    const answer = await this.chain.ask(questionnaire);
    if (this.#last?.answer !== answer) this.#last = { answer, observation: this.#read(seq, answer) };
    return this.#last.observation;
  }

  #questions(seq: bigint): string {
    const { face } = this;
    const seqs = Array.from({ length: Number(seq) + 2 }, (_, i) => BigInt(i));
    return FuzzChain.questionnaire(this.registry, [
      ...["state", "alarmState", "retirement", "council"].map((name) => face.encodeFunctionData(name)),
      ...builds.map((build) => face.encodeFunctionData("withdrawnThrough", [build])),
      ...nixIds.map((nixId) => face.encodeFunctionData("swarmIdOf", [nixId])),
      ...seqs.map((one) => face.encodeFunctionData("isBatchWithdrawn", [one])),
    ]);
  }

  #decode(name: string, data: string): unknown[] {
    const key = `${name} ${data}`;
    let found = this.#decoded.get(key);
    if (found === undefined)
      this.#decoded.set(key, (found = toPlain(this.face.decodeFunctionResult(name, data)) as unknown[]));
    return found;
  }

  #read(expectedSeq: bigint, answer: string): Observation {
    const answers = FuzzChain.readAnswers(answer);
    let at = 0;
    const next = (name: string): unknown[] => this.#decode(name, answers[at++]!);
    const [head, root, seq, time, depth] = next("state") as [string, string, bigint, bigint, bigint];
    const [alarmHead, alarms] = next("alarmState") as [string, bigint];
    const [retired, successorChainId, successor] = next("retirement") as [boolean, bigint, string];
    type CouncilAnswer = [string[], bigint, bigint, string, string];
    const [members, publishThreshold, councilThreshold, guardian, charter] = next("council") as CouncilAnswer;
    return {
      state: { head, root, seq, time, depth },
      alarms: { alarmHead, alarms },
      retirement: { retired, successorChainId, successor },
      council: { members, publishThreshold, councilThreshold, guardian, charter },
      reaches: builds.map(() => next("withdrawnThrough")[0] as bigint),
      lookups: nixIds.map(() => {
        const [swarmId, row] = next("swarmIdOf") as [string, bigint];
        return { swarmId, seq: row };
      }),
      batchesWithdrawn: Array.from({ length: Number(expectedSeq) + 2 }, () => {
        const data = answers[at++];
        return data === undefined ? undefined : BigInt(data) === 1n;
      }),
    };
  }
}

/** What an observer must find. */
export function expectedOf(model: RegistryModel): Observation {
  const { members, publishThreshold, councilThreshold, guardian, charter } = model.council;
  const seqs = Array.from({ length: Number(model.seq) + 2 }, (_, i) => BigInt(i));
  return {
    state: { head: model.head, root: model.root, seq: model.seq, time: model.time, depth: model.depth },
    alarms: { alarmHead: model.alarmHead, alarms: model.alarms },
    retirement: {
      retired: model.retired,
      successorChainId: model.successorChainId,
      successor: model.successor,
    },
    council: { members, publishThreshold, councilThreshold, guardian, charter },
    reaches: builds.map((build) => model.reachOf(build)),
    lookups: nixIds.map((nixId) => model.lookUp(nixId)),
    batchesWithdrawn: seqs.map((seq) => (seq === 0n || seq > model.seq ? undefined : model.withdrawnBatches.has(seq))),
  };
}

/** The builds that a lookup leads to. */
export function liveLookups({ lookups }: Observation): { swarmId: string; seq: bigint }[] {
  return lookups.filter(({ swarmId }) => swarmId !== ZeroHash);
}
