import { expect } from "chai";
import { Wallet } from "ethers";
import { readFile, writeFile } from "node:fs/promises";
import type { Batch } from "../../src/cat/batch.js";
import { createProgram } from "../../src/cli/program.js";
import { readBatchFile, typedBatch } from "../../src/consortium/batch-file.js";
import { isSignatureOf } from "../../src/keys/typed-data.js";
import { formatCharter } from "../../src/members/charter.js";
import { sampleCharter, sampleMember } from "../members/support/sample-charter.js";
import { codeOf } from "../support/code-of.js";
import { changeCouncil } from "../support/submit-acts.js";
import { startTestWallet } from "../support/test-wallet.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { type Account, CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

/** What members and submitters are told when something is wrong; the file they have stays as it was. */
describe("catnix batch", function () {
  this.timeout(60_000);
  let world: CliWorld;
  before(async () => {
    world = await CliWorld.start();
  });
  after(() => world.close());

  /** Signs, in this process, and gives the error's code; the file has to stay as it is. */
  async function signInVain(file: string, key: string[] = world.keyOf("alice")): Promise<string | undefined> {
    const before = await readFile(file);
    const args = ["--config", world.file("catnix.json"), "batch", "sign", file, "--json", "--yes", ...key];
    const code = await codeOf(() => createProgram().parseAsync(args, { from: "user" }));
    expect((await readFile(file)).equals(before), "the file is as it was").to.equal(true);
    return code;
  }

  async function sign(file: string, member: Account): Promise<{ member: string }> {
    return askFor(["batch", "sign", file, "--yes", ...world.keyOf(member)]);
  }

  /** What `--json` prints: one object, on one line, and nothing beside it. */
  async function askFor<T = object>(args: string[]): Promise<T> {
    const { code, stdout, stderr } = await world.run([...args, "--json"]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.match(/^\{.*\}\n$/);
    return JSON.parse(stdout) as T;
  }

  describe("sign", () => {
    it("refuses files that are none of its registry's batches", async () => {
      const malformed = world.file("malformed.json");
      await writeFile(malformed, '{"format":"catnix-batch/1"');
      expect(await signInVain(malformed)).to.equal("BATCH_FILE_INVALID");
      const other = await world.draft("other");
      await world.alter(other, (content) => ({ ...content, registry: "0x000000000000000000000000000000000000dEaD" }));
      expect(await signInVain(other)).to.equal("BATCH_FILE_INVALID");
    });

    const weeks = (count: number) => Math.floor(Date.now() / 1000) + count * 7 * 86_400;
    const altered: [what: string, overrides: () => Partial<Batch>, code: string][] = [
      ["another root", () => ({ root: "ab".repeat(32) }), "CAT_ROOT_MISMATCH"],
      ["a deadline that is too far", () => ({ deadline: weeks(2) }), "BATCH_DEADLINE"],
      ["a deadline that is over", () => ({ deadline: weeks(-1) }), "BATCH_DEADLINE"],
      ["another parent", () => ({ parent: `0x${"cd".repeat(32)}` }), "BATCH_STALE"],
    ];
    for (const [what, overrides, code] of altered) {
      it(`refuses a batch with ${what}: ${code}`, async () => {
        expect(await signInVain(await world.draft("altered", overrides()))).to.equal(code);
      });
    }

    it("prints a signature that cannot be written, and the command that adds it", async () => {
      const file = await world.draft("not-written");
      const args = ["batch", "sign", file, "--yes", "--out", "/proc/none/out.json", ...world.keyOf("alice")];
      const result = await world.runHere([...args, "--json"]);
      expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "FILE_UNWRITABLE"]);
      const { member, signature } = JSON.parse(result.stdout) as { member: string; signature: string };
      const { stdout } = await world.runHere(args);
      const [, command] = /to add it: catnix (.*)$/m.exec(stdout)!;
      expect(command).to.include(member).and.to.include(signature);
      expect((await world.runHere(command!.split(" "))).code).to.equal(0);
      expect((await readBatchFile(file)).approvals).to.deep.equal([{ member, signature }]);
    });

    it("finds out before it asks for a signature that the file cannot take it", async () => {
      const file = await world.draft("foreign-out");
      const taken = world.file("taken.json");
      await writeFile(taken, "mine");
      const wallet = ["--wallet", "http://127.0.0.1:1", "--account", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"];
      const result = await world.runHere(["batch", "sign", file, "--yes", "--out", taken, ...wallet, "--json"]);
      expect(errorCodeOf(result)).to.equal("BATCH_FILE_INVALID");
      expect(await readFile(taken, "utf8")).to.equal("mine");
    });

    it("adds to what others have signed in the meantime, and overwrites nothing else", async () => {
      const [file, out] = [await world.draft("shared"), world.file("shared-signed.json")];
      for (const member of ["alice", "bob"] as const)
        await askFor(["batch", "sign", file, "--yes", "--out", out, ...world.keyOf(member)]);
      expect((await readBatchFile(out)).approvals).to.have.length(2);

      const taken = world.file("taken.json");
      await writeFile(taken, "mine");
      const result = await world.run(["batch", "sign", file, "--json", "--yes", "--out", taken, ...world.keyOf("bob")]);
      expect(errorCodeOf(result)).to.equal("BATCH_FILE_INVALID");
      expect(await readFile(taken, "utf8")).to.equal("mine");
    });

    it("refuses whoever is not a member", async () => {
      expect(await signInVain(await world.draft("a"), world.keyOf("nobody"))).to.equal("NOT_A_MEMBER");
    });

    it("signs by a wallet that has the member's account", async () => {
      const file = await world.draft("by-wallet");
      const wallet = await startTestWallet([wellKnownKey(1)]);
      try {
        const account = new Wallet(wellKnownKey(1)).address;
        const args = ["batch", "sign", file, "--yes", "--wallet", wallet.url];
        const signed = await world.runHere([...args, "--account", account]);
        expect(signed.code).to.equal(0);
        expect(signed.stderr).to.include(wallet.url);
        const { registry, batch, approvals } = await readBatchFile(file);
        const { member, signature } = approvals[0]!;
        expect(isSignatureOf(typedBatch({ registry, batch }), member, signature)).to.equal(true);
        expect(errorCodeOf(await world.runHere([...args, "--json"]))).to.equal("USAGE");
        expect(errorCodeOf(await world.runHere(["batch", "sign", file, "--json"]))).to.equal("USAGE");
      } finally {
        await wallet.close();
      }
    });

    it("does not sign where nobody can be asked and --yes is not given", async () => {
      const file = await world.draft("a");
      const result = await world.run(["batch", "sign", file, "--json", ...world.keyOf("alice")]);
      expect([result.code, result.stdout, errorCodeOf(result)]).to.deep.equal([1, "", "NOT_CONFIRMED"]);
      expect((await readBatchFile(file)).approvals).to.deep.equal([]);
    });

    it("refuses passwords that are wrong, that others can read, that nobody can be asked for", async () => {
      const file = await world.draft("a");
      expect(await signInVain(file, world.keyOf("alice", "wrong"))).to.equal("KEY_INVALID");
      expect(await signInVain(file, world.keyOf("alice", "open"))).to.equal("KEY_FILE_OPEN");
      const result = await world.run(["batch", "sign", file, "--json", "--yes", "--key", world.file("alice.json")]);
      expect([result.code, result.stdout, errorCodeOf(result)]).to.deep.equal([1, "", "PASSWORD_NEEDED"]);
    });

    it("shows no secret even when it is debugged", async () => {
      const file = await world.draft("a");
      const args = ["batch", "sign", file, "--yes", ...world.keyOf("alice", "wrong")];
      const result = await world.run(args, { CATNIX_DEBUG: "1" });
      expect(result.code).to.equal(1);
      expect(result.stderr).to.include("KEY_INVALID").and.to.include("    at ");
      expect(world.findLeaks()).to.deep.equal([]);
    });
  });

  describe("submit", () => {
    it("refuses a signature that was altered, before anything is paid", async () => {
      const file = await world.draft("a");
      const { seq } = await world.registry.registry.state();
      await sign(file, "alice");
      const [approval] = (await readBatchFile(file)).approvals;
      const signature = `${approval!.signature.slice(0, 20)}0000${approval!.signature.slice(24)}`;
      await world.alter(file, (content) => ({ ...content, approvals: [{ ...approval, signature }] }));
      const result = await world.run(["batch", "submit", file, "--json", ...world.keyOf("payer")]);
      expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "APPROVAL_INVALID"]);
      expect((await world.registry.registry.state()).seq).to.equal(seq);
    });

    it("refuses the signature of whoever is not a member, and show says which approvals hold", async () => {
      const file = await world.draft("b");
      await sign(file, "alice");
      const member = "0x000000000000000000000000000000000000dEaD";
      await world.alter(file, (content) => {
        const [approval] = content["approvals"] as object[];
        return { ...content, approvals: [{ ...approval, member }, approval] };
      });
      const shown = await askFor<{ verdicts: { member: string; verdict: string }[] }>(["batch", "show", file]);
      expect(shown).to.deep.include({ publishThreshold: 2 });
      expect(shown.verdicts.map(({ verdict }) => verdict)).to.deep.equal(["not a member", "holds"]);
      const result = await world.run(["batch", "submit", file, "--json", ...world.keyOf("payer")]);
      expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "NOT_A_MEMBER"]);
    });

    it("refuses files of different batches", async () => {
      const files = [await world.draft("one"), await world.draft("two")];
      const result = await world.run(["batch", "submit", ...files, "--json", ...world.keyOf("payer")]);
      expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "BATCH_FILE_INVALID"]);
    });
  });

  it("warns who signs what the charter does not let them speak for, and where the charter cannot be read", async () => {
    const { store } = world.registry;
    const alice = sampleMember("alice", 1, { scope: { packages: ["python3*"] } });
    const charter = sampleCharter([alice, sampleMember("carol", 3)]);
    const warningsOf = async (address: string, member: Account) => {
      await changeCouncil(world.registry, { charter: address });
      const file = await world.draft("jq-1.7");
      const { stdout } = await world.runHere(["batch", "sign", file, "--yes", "--json", ...world.keyOf(member)]);
      return (JSON.parse(stdout) as { warnings: string[] }).warnings;
    };
    const { address } = await store.write(formatCharter(charter));
    const [scope] = await warningsOf(address, "alice");
    expect(scope).to.include("alice").and.to.include("jq-1.7");
    expect((await warningsOf(address, "bob"))[0]).to.include(address);
    expect(await warningsOf("ab".repeat(32), "alice")).to.have.length(1);
    expect(await warningsOf("00".repeat(32), "alice")).to.deep.equal([]);
  });

  it("prints one object with --json, from the draft to the chain; a second submission says that it is there", async () => {
    const file = await world.draft("good");
    expect(await askFor(["batch", "show", file])).to.deep.include({ narsChecked: false, approvals: [] });
    const members = [await sign(file, "alice"), await sign(file, "bob")].map(({ member }) => member);
    expect((await readBatchFile(file)).approvals.map(({ member }) => member)).to.have.members(members);
    const submit = ["batch", "submit", file, ...world.keyOf("payer")];
    const { seq } = (await readBatchFile(file)).batch;
    expect(await askFor(submit)).to.deep.include({ seq, rows: 1 });
    expect(await askFor(["registry", "show"])).to.deep.include({ seq, publishThreshold: 2 });

    const again = await world.run([...submit, "--json"]);
    expect([again.code, again.stderr]).to.deep.equal([0, ""]);
    expect(JSON.parse(again.stdout)).to.deep.include({ seq, already: true });
    const late = await world.run(["batch", "show", file, "--json"]);
    expect([late.code, errorCodeOf(late)]).to.deep.equal([1, "BATCH_STALE"]);
  });
});
