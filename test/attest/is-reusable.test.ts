import { expect } from "chai";
import { type ReuseOptions, reuseFor } from "../../src/attest/is-reusable.js";
import type { InputOrigin, RowOutcome, RowToAttest } from "../../src/attest/row-outcome.js";
import { CatnixError } from "../../src/errors/catnix-error.js";
import { formatPublicKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { narOf, nixIdOf } from "../consortium/support/consortium.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";

const key = generateSecretKey("builder-1").publicKey;
const builderKey = formatPublicKey(key);
const builder = "https://cache.example";
const storeDir = "/nix/store";
const derivation = `${storeDir}/${"0".repeat(31)}1-a.drv`;
const deriver = derivation.slice(11);
const rebuilt: RowOutcome = { result: "rebuilt", mode: "rebuild", deriver };
const copied: RowOutcome = { result: "copied", mode: "copy", builder, builderKey };
const listed: InputOrigin = { kind: "listed", nixId: "ab".repeat(20), swarmId: "cd".repeat(32) };

describe("attest/is-reusable", () => {
  const record = makeRecord("a", narOf("a"));
  const row: RowToAttest = { nixId: nixIdOf("a"), swarmId: swarmIdOf(record), record };
  const isListed = () => Promise.resolve(true);
  const named = { builders: [{ name: builder }], keys: [key] };
  const reuse = (outcome: RowOutcome, options: Partial<ReuseOptions> = {}, of = row) =>
    reuseFor({ builders: [], keys: [], rebuild: { storeDir, isListed }, ...options })(of, outcome);

  it("takes a builder's word only while that builder and its key are named", async () => {
    const other = generateSecretKey("builder-1").publicKey;
    const withInput: RowOutcome = { ...rebuilt, inputs: [{ kind: "builder", builder, builderKey }] };
    for (const [outcome, rebuild] of [
      [copied, undefined],
      [withInput, { storeDir, isListed }],
    ] as const) {
      expect(await reuse(outcome, { rebuild, ...named })).to.equal(true);
      expect(await reuse(outcome, { rebuild })).to.equal(false);
      expect(await reuse(outcome, { rebuild, ...named, keys: [other] })).to.equal(false);
      expect(await reuse(outcome, { rebuild, ...named, builders: [{ name: "https://other.example" }] })).to.equal(
        false,
      );
    }
  });

  it("takes a rebuild for what the member evaluates now only where it is that derivation", async () => {
    const { storePath } = record;
    const evaluated = (path: string, drv: string) => ({
      rebuild: { storeDir, isListed, evaluated: new Map([[path, { derivation: drv, system: "x86_64-linux" }]]) },
    });
    expect(await reuse(rebuilt)).to.equal(true);
    expect(await reuse(rebuilt, evaluated(storePath, derivation))).to.equal(true);
    expect(await reuse(rebuilt, evaluated(storePath, derivation.replace("1-a", "2-a")))).to.equal(false);
    expect(await reuse(rebuilt, evaluated(`${storePath}-dev`, derivation))).to.equal(false);
    expect(await reuse({ result: "addressed", mode: "address" }, evaluated(`${storePath}-dev`, derivation))).to.equal(
      true,
    );
  });

  it("takes a rebuild only while all that it was built with is listed", async () => {
    const outcome = { ...rebuilt, inputs: [listed, { ...listed, swarmId: "ef".repeat(32) }] };
    const asked: string[] = [];
    const lists = (...swarmIds: string[]) => ({
      rebuild: {
        storeDir,
        isListed: (_nixId: string, swarmId: string) => {
          asked.push(swarmId);
          return Promise.resolve(swarmIds.includes(swarmId));
        },
      },
    });
    expect(await reuse(outcome, lists("cd".repeat(32), "ef".repeat(32)))).to.equal(true);
    expect(await reuse(outcome, lists("cd".repeat(32)))).to.equal(false);
    asked.length = 0;
    const reuseAll = reuseFor({ builders: [], keys: [], ...lists("cd".repeat(32)) });
    for (let times = 0; times < 3; times++) await reuseAll(row, outcome);
    expect(asked, "each is asked for once").to.have.length(2);
  });

  it("looks again where it cannot be seen what is listed; a mistake is thrown", async () => {
    const outcome = { ...rebuilt, inputs: [listed] };
    const failing = (error: Error) => ({ rebuild: { storeDir, isListed: () => Promise.reject(error) } });
    const lost = new CatnixError("SWARM_NOT_FOUND", { address: "ab".repeat(32) });
    expect(await reuse(outcome, failing(lost))).to.equal(false);
    const mistake = new TypeError("x");
    expect(await reuse(outcome, failing(mistake)).catch((error: unknown) => error)).to.equal(mistake);
  });

  it("tries to rebuild what was only compared, where a derivation is known now", async () => {
    expect(await reuse(copied, named)).to.equal(true);
    expect(await reuse(copied, named, { ...row, record: { ...record, deriver } })).to.equal(false);
  });
});
