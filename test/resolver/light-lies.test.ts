import { expect } from "chai";
import { Wallet } from "ethers";
import fc from "fast-check";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { toHex } from "../../src/encoding/hex.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { type Chain, connectChain } from "../../src/registry/connect.js";
import { readTrustedBlock } from "../../src/registry/trusted-block.js";
import { withdrawBuild } from "../../src/registry/transact.js";
import { LightView } from "../../src/resolver/light-view.js";
import { resolveNixId } from "../../src/resolver/resolve-nix-id.js";
import { makeRecord, makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import type { RpcCall } from "../support/rpc-proxy.js";
import { fuzzSeeds } from "../support/seeds.js";
import { changeCouncil } from "../support/submit-acts.js";

type Json = null | string | number | boolean | Json[] | { [name: string]: Json };
type Place = (string | number)[];

/** 100, and 2,000 in `npm run test:long`. */
const RUNS = 100 * fuzzSeeds.length;

/** One lie: which answer, where in it, and what becomes of that place. */
interface Lie {
  readonly answer: number;
  readonly place: number;
  readonly kind: "flip" | "cut" | "null" | "leave out" | "repeat" | "another" | "stale";
  readonly at: number;
}

const lies: fc.Arbitrary<Lie> = fc.record({
  answer: fc.nat(),
  place: fc.nat(),
  kind: fc.constantFrom("flip", "flip", "flip", "cut", "null", "leave out", "repeat", "another", "stale"),
  at: fc.nat(),
});

describe("a lying RPC endpoint", function () {
  this.timeout(RUNS * 1000);
  let world: RegistryWorld;
  let chain: Chain;
  let blockHash: string;
  const [first, second, alarmed] = ["first", "second", "alarmed"].map((name) => makeRecord(name, Buffer.from(name)));
  const paths = [first!.storePath, second!.storePath, alarmed!.storePath, makeStorePath("nobody")];
  before(async () => {
    world = await startRegistryWorld();
    const { registry, guardian } = world;
    await publishBatch(world, first!);
    const joiner = Wallet.createRandom();
    await changeCouncil(world, { members: [...(await registry.council()).members, joiner.address] }, [joiner]);
    await publishBatch(world, second!, alarmed!);
    await withdrawBuild(registry, guardian, toHex(swarmIdOf(alarmed!)), "a backdoor");
    const other = Wallet.createRandom();
    await changeCouncil(world, { members: [...(await registry.council()).members, other.address] }, [other]);
    await publishBatch(world, makeRecord("third", Buffer.from("third")));
    blockHash = ((await world.rpc("eth_getBlockByNumber", "latest", false)) as { hash: string }).hash;
    chain = await connectChain(world.rpcProxy.url);
  });
  after(async () => {
    chain.close();
    await world.close();
  });
  afterEach(() => {
    world.rpcProxy.rule = (_call, result) => result;
  });

  /** What is said of a path, as far as it is said to be proved. */
  async function ask(path: string) {
    const { id } = world.registry;
    const trusted = await readTrustedBlock([chain], blockHash);
    const follow = { finality: "latest", deploymentBlock: world.deploymentBlock, logRange: 1000 } as const;
    const view = await LightView.open({ id, trusted, ...follow });
    const resolution = await resolveNixId(view, parseStorePath(path).nixId, (at) => world.store.getChunk(at));
    const { state, block } = view;
    const stated = { block, state, resolution };
    if (resolution.status === "unknown") return { stated };
    if (resolution.status === "withdrawn") {
      const answer = await view.findAlarm(resolution.proof.row, resolution.withdrawal);
      if (!("alarm" in answer)) return { stated };
      const { alarm, alarmHead, target, reason } = answer.alarm;
      return { stated, alarm: { alarm, alarmHead, target, reason } };
    }
    const answer = await view.findApproval(resolution.proof.row.seq);
    if (!("approval" in answer)) return { stated };
    const { approval } = answer;
    const { batch, digest, acts } = approval;
    const signed = approval.approvers.filter(({ by }) => by === "signature").map(({ member }) => member);
    const council_ = approval.council.by === "told" ? undefined : approval.council;
    return { stated, linked: { batch, digest, acts }, council: council_, signed };
  }

  it("is told apart: the council of an older batch is proved by the act that set it, the founding one is told", async () => {
    const [founding, byAct] = [await ask(first!.storePath), await ask(second!.storePath)];
    expect([founding.linked!.acts, founding.council, founding.signed]).to.deep.equal([5, undefined, []]);
    expect([byAct.linked!.acts, byAct.council!.by, byAct.council!.members.length]).to.deep.equal([3, "act", 4]);
    expect(byAct.signed).to.have.length(2);
  });

  it("makes nothing be called proved that is not true, whatever one answer of it says instead", async () => {
    const truths = await Promise.all(paths.map(ask));
    let [refused, missing, kept] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(fc.nat(paths.length - 1), lies, async (at, lie) => {
        const truth = truths[at]!;
        let answers = 0;
        world.rpcProxy.rule = (call, result) =>
          answers++ === lie.answer % 8 ? falsify(call, result as Json, lie) : result;
        const answer = await ask(paths[at]!).catch((error: unknown) => {
          if (!isCatnixError(error)) throw error;
          return undefined;
        });
        if (!answer) {
          refused++;
          return;
        }
        expect(answer.stated).to.deep.equal(truth.stated);
        if (answer.alarm) expect(answer.alarm).to.deep.equal(truth.alarm);
        if (!answer.linked) {
          missing++;
          return;
        }
        kept++;
        expect(answer.linked).to.deep.equal(truth.linked);
        if (answer.council) expect(answer.council).to.deep.equal(truth.council);
        expect(truth.signed).to.include.members(answer.signed);
      }),
      { numRuns: RUNS },
    );
    // Lies of each sort were told: fatal ones, ones about the history, and ones about what nobody looks at.
    expect(Math.min(refused, missing, kept)).to.be.greaterThan(0);
  });

  async function falsify({ method, params }: RpcCall, result: Json, { place, kind, at }: Lie): Promise<Json> {
    if (kind === "stale") return stale(method, params, result);
    const places = listPlaces(result);
    const where = places[place % places.length]!;
    const other = places[at % places.length]!;
    return put(result, where, (value) => {
      if (kind === "another") return pick(result, other);
      if (kind === "null") return null;
      if (Array.isArray(value) && kind === "repeat") return [...value, ...value];
      if (Array.isArray(value) && value.length > 0) return value.toSpliced(at % value.length, 1);
      if (typeof value === "object" && value !== null) {
        const names = Object.keys(value);
        return Object.fromEntries(Object.entries(value).filter(([name]) => name !== names[at % names.length]));
      }
      if (typeof value !== "string" || value.length < 3) return "0x1";
      if (kind === "cut") return value.slice(0, 2 + (at % (value.length - 2)));
      const digit = 2 + (at % (value.length - 2));
      return value.slice(0, digit) + (value[digit] === "1" ? "2" : "1") + value.slice(digit + 1);
    });
  }

  /** What was right a block ago. */
  async function stale(method: string, params: readonly unknown[], result: Json): Promise<Json> {
    if (method === "eth_getBlockByHash") {
      const { parentHash } = result as { parentHash: string };
      return (await world.rpc(method, parentHash, false)) as Json;
    }
    if (method !== "eth_getProof") return [];
    const [address, slots, block] = params as [string, string[], string];
    return (await world.rpc(method, address, slots, `0x${(Number(block) - 1).toString(16)}`)) as Json;
  }
});

function listPlaces(value: Json, at: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return [at];
  const within = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [at, ...within.flatMap(([name, one]) => listPlaces(one, [...at, name]))];
}

function pick(value: Json, place: Place): Json {
  return place.reduce<Json>((at, name) => (at as Record<string, Json>)[name]!, value);
}

function put(value: Json, [name, ...rest]: Place, change: (value: Json) => Json): Json {
  if (name === undefined) return change(value);
  const inner = put((value as Record<string, Json>)[name]!, rest, change);
  return Array.isArray(value) ? value.with(name as number, inner) : { ...(value as object), [name]: inner };
}
