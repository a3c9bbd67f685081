import fc from "fast-check";

const kinds = [
  ["publish", 22],
  ["publishRows", 18],
  ["changeCouncil", 14],
  ["record", 16],
  ["withdrawBatch", 8],
  ["withdrawBuild", 10],
  ["replay", 8], // an earlier call once more, as it was
  ["hold", 4], // a call that is prepared and signed, and only submitted by a later replay
  ["toggleWallet", 2],
  ["retire", 1],
] as const;

const place = ["seq", "parent", "deadline"];
const batch = [...place, "root", "depth", "delta", "rowCount"];
const rows = ["rowsLength", "rowsOrder", "rowsOther", "rowsZero", "rowsMany"];
const councils = ["noMembers", "manyMembers", "memberOrder", "zeroMember"];
const thresholds = ["noThreshold", "thresholdOrder", "highThreshold"];
const approvals = ["fewApprovals", "duplicate", "disorder", "stranger", "spoiled", "otherDigest", "otherSigner"];

/** What is to be tried, in terms that mean something in any state: so that a failing run can be shortened. */
export interface Intent {
  readonly kind: (typeof kinds)[number][0];
  readonly flaw: string | null;
  /** Seconds after the block before. */
  readonly wait: number;
  readonly picks: readonly number[];
}

/** What may be wrong with a call of each kind. */
const flawsOf: Partial<Record<Intent["kind"], readonly string[]>> = {
  publish: [...batch, ...approvals],
  publishRows: [...batch, ...rows, ...rows, ...approvals],
  changeCouncil: [...place, ...councils, ...thresholds, ...approvals, "noJoiner", "noJoiner"],
  retire: [...place, ...approvals],
  record: ["slot", "siblings", "sibling", "recordSeq", "recordRow", "recordZero"],
  withdrawBatch: ["caller", "reason"],
  withdrawBuild: ["caller", "reason", "zeroBuild"],
};

const picks = fc.array(fc.noBias(fc.nat()), { minLength: 16, maxLength: 16 });

function intentOf(kind: Intent["kind"]): fc.Arbitrary<Intent> {
  const wrong = flawsOf[kind] ?? [];
  const flaw = wrong.length === 0 ? fc.constant(null) : fc.option(fc.constantFrom(...wrong), { freq: 2 });
  const wait = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(1, 12) }, { weight: 1, arbitrary: fc.nat(4000) });
  return fc.record({ kind: fc.constant(kind), flaw, wait: wait.map((seconds) => Math.max(1, seconds)), picks });
}

const intent = fc.oneof(...kinds.map(([kind, weight]) => ({ weight, arbitrary: intentOf(kind) })));

/** A registry to found, and what is tried on it. */
export const scenario = fc.record({
  founding: picks,
  intents: fc.array(intent, { minLength: 1, maxLength: 120, size: "max" }),
});
export type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Takes one pick after the other; zeros where there are no more. */
export class Picks {
  #at = 0;
  constructor(private readonly values: readonly number[]) {}

  /** A whole number from 0 to `below - 1`. */
  below(below: number): number {
    return (this.values[this.#at++] ?? 0) % below;
  }

  from<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Each of the list with a chance of one half. */
  some<T>(list: readonly T[]): T[] {
    const bits = this.values[this.#at++] ?? 0;
    return list.filter((_, i) => (bits >> i) & 1);
  }
}
