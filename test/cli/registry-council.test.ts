import { expect } from "chai";
import { Wallet } from "ethers";
import { readFile, writeFile } from "node:fs/promises";
import { typedDataOf } from "../../src/cat/act.js";
import { hashTypedData } from "../../src/cli/describe-typed-data.js";
import { readActFile } from "../../src/consortium/act-file.js";
import { deployRegistry } from "../../src/registry/transact.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { type Account, CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface Prepared {
  readonly file: string;
  readonly unchanged: boolean;
  readonly warnings: readonly { readonly code: string }[];
  readonly difference: { readonly joins: string[]; readonly leaves: string[]; readonly guardian?: object };
}

/** Who decides is changed: prepared, shown, signed by members and by who joins, judged, submitted. */
describe("catnix registry rotate, retire, sign and submit", function () {
  this.timeout(120_000);
  let world: CliWorld;
  beforeEach(async () => {
    world = await CliWorld.start();
  });
  afterEach(() => world.close());

  const addressOf = (at: number) => new Wallet(wellKnownKey(at)).address;
  const [alice, bob, carol, newcomer] = [1, 2, 3, 9].map(addressOf) as [string, string, string, string];
  const show = (...args: string[]) => world.runHere([...args, "--json"]);
  async function ask<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await show(...args);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as T;
  }
  async function refused(...args: string[]): Promise<string> {
    const result = await show(...args);
    expect(result.code).to.equal(1);
    return errorCodeOf(result);
  }
  const rotate = (...args: string[]) => ask<Prepared>("registry", "rotate", "--out", world.file("act.json"), ...args);
  const sign = (who: Account, file = world.file("act.json"), ...more: string[]) =>
    ask("registry", "sign", file, "--yes", ...world.keyOf(who), ...more);
  const submit = (...files: string[]) => ["registry", "submit", ...files, ...world.keyOf("payer")];

  it("replaces a member whose key is lost: the others sign, each in a file of their own, and so does who joins", async () => {
    const file = world.file("act.json");
    const prepared = await rotate("--remove", alice, "--add", newcomer);
    expect(prepared.difference).to.deep.include({ joins: [newcomer], leaves: [alice] });
    expect(prepared.warnings.map(({ code }) => code)).to.deep.equal(["no-charter"]);
    expect(await rotate("--remove", alice, "--add", newcomer)).to.include({ unchanged: true });

    expect(await sign("bob", file, "--out", world.file("from-bob.json"))).to.include({
      member: bob,
      held: 1,
      needed: 2,
    });
    await sign("carol", file, "--out", world.file("from-carol.json"));
    const both = [world.file("from-bob.json"), world.file("from-carol.json")];
    expect(await refused(...submit(...both))).to.equal("APPROVALS_MISSING");
    expect(await ask("registry", "show", both[0]!)).to.deep.include({
      ...{ held: 1, needed: 2, joinersMissing: [newcomer] },
    });
    await sign("nobody", file, "--out", world.file("from-new.json"));
    expect(await refused(...submit(world.file("from-new.json"), both[0]!))).to.equal("APPROVALS_MISSING");

    expect(await ask(...submit(...both, world.file("from-new.json")))).to.include({ kind: "council", seq: 1 });
    const { members } = await world.registry.registry.council();
    expect(members).to.have.members([bob, carol, newcomer]);
    expect(await refused("registry", "sign", file, "--yes", ...world.keyOf("bob"))).to.equal("ACT_STALE");
    expect(await ask(...submit(...both, world.file("from-new.json")))).to.deep.equal({
      ...{ kind: "council", seq: 1, already: true },
    });
    expect(await refused("registry", "show", file)).to.equal("ACT_STALE");
  });

  it("changes thresholds, guardian and charter, and a whole council from a file keeps the guardian that it does not name", async () => {
    const [charter, { guardian }] = ["ab".repeat(32), await world.registry.registry.council()];
    await rotate("--publish-threshold", "1", "--guardian", "none", "--charter", charter);
    for (const who of ["alice", "bob"] as const) await sign(who);
    await ask(...submit(world.file("act.json")));
    const changed = await world.registry.registry.council();
    expect(changed).to.deep.include({ publishThreshold: 1, councilThreshold: 2, charter });
    expect(BigInt(changed.guardian)).to.equal(0n);

    const council = { members: [carol, alice, bob], publishThreshold: 2, councilThreshold: 2 };
    await writeFile(world.file("council.json"), JSON.stringify(council));
    const args = ["--council", world.file("council.json"), "--guardian", guardian, "--out", world.file("second.json")];
    const { difference } = await ask<Prepared>("registry", "rotate", ...args);
    expect(difference).to.deep.equal({
      ...{ joins: [], leaves: [], stays: (await world.registry.registry.council()).members },
      publishThreshold: { was: 1, is: 2 },
      guardian: { was: changed.guardian, is: guardian },
    });
  });

  it("refuses changes that are none, and writes no file", async () => {
    const out = world.file("out.json");
    const tries: [args: string[], code: string][] = [
      [[], "COUNCIL_UNCHANGED"],
      [["--council-threshold", "4"], "COUNCIL_CHANGE_INVALID"],
      [["--add", bob], "COUNCIL_CHANGE_INVALID"],
      [["--council", world.file("password")], "COUNCIL_INVALID"],
    ];
    for (const [args, code] of tries)
      expect(await refused("registry", "rotate", "--out", out, ...args), args.join(" ")).to.equal(code);
    expect(await world.list("")).not.to.include("out.json");
    await writeFile(out, "mine");
    expect(await refused("registry", "rotate", "--out", out, "--add", newcomer)).to.equal("ACT_FILE_INVALID");
    await rotate("--add", newcomer);
    const other = await refused("registry", "rotate", "--out", world.file("act.json"), "--remove", carol);
    expect(other).to.equal("FILE_EXISTS");
    expect(await readFile(out, "utf8")).to.equal("mine");
  });

  it("is signed by members and by who joins alone, in time, for this registry, and not without a yes", async () => {
    const file = world.file("act.json");
    await rotate("--add", newcomer);
    expect(await refused("registry", "sign", file, ...world.keyOf("alice"))).to.equal("NOT_CONFIRMED");
    expect(await refused("registry", "sign", file, "--yes", ...world.keyOf("payer"))).to.equal("NOT_A_MEMBER");
    const before = await readFile(file, "utf8");
    const alter = async (change: (council: Record<string, unknown>) => object) =>
      world.alter(file, (content) => ({ ...content, council: change(content["council"] as Record<string, unknown>) }));
    const now = Math.floor(Date.now() / 1000);
    for (const deadline of [now - 10, now + 8 * 86_400, Number.MAX_SAFE_INTEGER]) {
      await alter((council) => ({ ...council, deadline }));
      expect(await refused("registry", "sign", file, "--yes", ...world.keyOf("alice"))).to.equal("ACT_DEADLINE");
    }
    await writeFile(file, before);
    await alter((council) => ({ ...council, parent: `0x${"cd".repeat(32)}` }));
    expect(await refused("registry", "sign", file, "--yes", ...world.keyOf("alice"))).to.equal("ACT_STALE");
    await writeFile(file, before);
    await world.alter(file, (content) => ({ ...content, chainId: 5 }));
    expect(await refused("registry", "sign", file, "--yes", ...world.keyOf("alice"))).to.equal("ACT_FILE_INVALID");
  });

  it("is not submitted with an approval that somebody altered, or a stranger's", async () => {
    const file = world.file("act.json");
    await rotate("--council-threshold", "3");
    for (const who of ["alice", "bob"] as const) await sign(who);
    const { approvals } = await readActFile(file);
    const [a, b] = [approvals[0]!, approvals[1]!];
    await world.alter(file, (content) => ({ ...content, approvals: [{ ...a, signature: b.signature }, b] }));
    expect(await refused(...submit(file))).to.equal("APPROVAL_INVALID");
    await world.alter(file, (content) => ({ ...content, approvals: [{ ...a, member: newcomer }, a, b] }));
    expect(await refused(...submit(file))).to.equal("NOT_A_MEMBER");
    expect((await world.registry.registry.state()).seq).to.equal(0);
  });

  it("says where a successor is no registry, and shows what a wallet has to show", async () => {
    const { id } = world.registry.registry;
    const { sender } = world.registry;
    const other = await deployRegistry(world.registry.registry.chain, sender, {
      ...{
        members: [alice],
        publishThreshold: 1,
        councilThreshold: 1,
        guardian: carol,
        charter: `0x${"00".repeat(32)}`,
      },
    });
    const warned = async (...args: string[]) =>
      (await ask<Prepared>("registry", "retire", "--out", world.file(`${args.join("")}.json`), ...args)).warnings[0]
        ?.code;
    expect(await warned("--successor", carol)).to.equal("successor-missing");
    expect(await warned("--successor", carol, "--successor-chain", "5")).to.equal("successor-unseen");
    expect(await warned("--successor", other.registry)).to.equal(undefined);
    expect(await warned()).to.equal(undefined);
    const file = world.file("act.json");
    await rotate("--guardian", "none");
    const typed = typedDataOf(id, (await readActFile(file)).act);
    const { stdout } = await world.runHere(["registry", "sign", file, "--yes", ...world.keyOf("alice")]);
    for (const hash of Object.values(hashTypedData(typed))) expect(stdout).to.include(hash);
  });

  it("retires a registry for good, and says so at every turn", async () => {
    const file = world.file("retirement.json");
    const out = ["--out", file];
    for (const args of [
      ["--successor-chain", "5"],
      ["--successor", world.registry.registry.id.registry],
    ])
      expect((await show("registry", "retire", ...out, ...args)).code).to.equal(64);
    const prepared = await world.runHere([
      "registry",
      "retire",
      ...out,
      "--successor",
      carol,
      "--successor-chain",
      "5",
    ]);
    expect(prepared.stdout).to.include(`${carol} on chain 5`).and.include("What ends").and.include("What remains");
    expect(await refused("registry", "sign", file, ...world.keyOf("alice"))).to.equal("NOT_CONFIRMED");
    for (const who of ["alice", "bob"] as const) await sign(who, file);
    expect(await refused(...submit(file))).to.equal("NOT_CONFIRMED");
    expect(await ask(...submit(file), "--yes")).to.include({ kind: "retirement", seq: 1 });
    expect(await ask(...submit(file))).to.deep.equal({ kind: "retirement", seq: 1, already: true });
    expect(await ask("registry", "show")).to.include({ retired: true, successor: carol, successorChainId: "5" });

    for (const args of [["rotate", "--add", newcomer], ["retire"], ["show", file]])
      expect(await refused("registry", ...args)).to.equal("REGISTRY_RETIRED");
    expect(await refused("registry", "sign", file, "--yes", ...world.keyOf("carol"))).to.equal("REGISTRY_RETIRED");
  });
});
