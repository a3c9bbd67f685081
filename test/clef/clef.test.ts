import { expect } from "chai";
import { mkdir } from "node:fs/promises";
import { Wallet } from "ethers";
import { COUNCIL_TYPES, toTypedCouncil } from "../../src/cat/council.js";
import { RETIREMENT_TYPES } from "../../src/cat/retirement.js";
import { domainOf } from "../../src/cat/batch.js";
import { readBatchFile } from "../../src/consortium/batch-file.js";
import { isSignatureOf, type TypedData, typedDataDigest } from "../../src/keys/typed-data.js";
import { WalletSigner } from "../../src/keys/wallet-signer.js";
import { CliWorld } from "../cli/support/cli-world.js";
import { errorCodeOf } from "../cli/support/run-cli.js";
import { codeOf } from "../support/code-of.js";
import { skipWithoutGo } from "../support/skip-without-go.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { type Clef, startClef } from "./support/start-clef.js";

/** A member whose key is in the real clef, which asks a person. */
describe("catnix with clef", function () {
  this.timeout(60_000);
  const account = new Wallet(wellKnownKey(1)).address;
  let world: CliWorld;
  let clef: Clef;
  before(async function () {
    this.timeout(900_000); // with the build of clef, where the cache has none
    world = await CliWorld.start();
    await mkdir(world.file("clef"));
    const { chainId } = world.registry.registry.id;
    clef = await skipWithoutGo(this, () => startClef(world.file("clef"), { key: wellKnownKey(1), chainId }));
  });
  beforeEach(() => (clef.person.approves = true));
  after(async () => {
    await (clef as Clef | undefined)?.close();
    await world.close();
  });

  const sign = (file: string, ...more: string[]) =>
    world.runHere(["batch", "sign", file, "--yes", "--wallet", clef.url, "--account", account, "--json", ...more]);

  it("signs a batch: clef shows the fields and the hash that the command showed, and the registry takes the signature", async () => {
    const file = await world.draft("by-clef");
    const { stdout, stderr, code } = await sign(file);
    expect(code, stderr).to.equal(0);
    const { batch, approvals } = await readBatchFile(file);
    expect(approvals.map(({ member }) => member)).to.deep.equal([account]);
    const [shown] = clef.shown;
    expect(shown).to.include({ address: account, hash: (JSON.parse(stdout) as { digest: string }).digest });
    const [domain, message] = shown!.messages;
    expect(domain!.value.map(({ name }) => name)).to.deep.equal(["name", "version", "chainId", "verifyingContract"]);
    const fields = Object.fromEntries(message!.value.map(({ name, value }) => [name, value]));
    expect(fields).to.include({ parent: batch.parent, root: `0x${batch.root}`, delta: `0x${batch.delta}` });
    const { stdout: told } = await world.runHere(["batch", "show", file, "--json"]);
    expect((JSON.parse(told) as { verdicts: { verdict: string }[] }).verdicts).to.have.nested.property(
      "[0].verdict",
      "holds",
    );
  });

  const signTyped = async ({ domain, types, value }: TypedData, signer = account) =>
    (await WalletSigner.open(clef.url, signer)).signTypedData(domain, types, value);

  it("signs the end of a registry", async () => {
    const retirement = {
      seq: 3,
      parent: `0x${"12".repeat(32)}`,
      successorChainId: 1,
      successor: account,
      deadline: 1_900_000_000,
    };
    const { id } = world.registry.registry;
    const data = { domain: domainOf(id), types: RETIREMENT_TYPES, value: retirement };
    expect(isSignatureOf(data, account, await signTyped(data))).to.equal(true);
    expect(clef.shown.at(-1)!.hash).to.equal(typedDataDigest(data));
  });

  it("cannot show a list, and so signs no change of the council: WALLET_REFUSED", async () => {
    const { id } = world.registry.registry;
    const change = toTypedCouncil({
      ...{ seq: 3, parent: `0x${"12".repeat(32)}`, members: [account, new Wallet(wellKnownKey(2)).address].sort() },
      ...{ publishThreshold: 1, councilThreshold: 2, guardian: account, charter: "00".repeat(32), deadline: 5 },
    });
    const data = { domain: domainOf(id), types: COUNCIL_TYPES, value: change };
    expect(await codeOf(() => signTyped(data))).to.equal("WALLET_REFUSED");
  });

  it("leaves the file as it was where the person says no: WALLET_REJECTED", async () => {
    const file = await world.draft("not-by-clef");
    clef.person.approves = false;
    const { code, ...result } = await sign(file);
    expect([code, errorCodeOf({ code, ...result })]).to.deep.equal([1, "WALLET_REJECTED"]);
    expect((await readBatchFile(file)).approvals).to.deep.equal([]);
  });

  it("says what clef says where the password is wrong, or it has no such account: WALLET_REFUSED", async () => {
    const file = await world.draft("wrong-password");
    const { password } = clef.person;
    clef.person.password = "another";
    expect(errorCodeOf(await sign(file))).to.equal("WALLET_REFUSED");
    clef.person.password = password;
    const [types, bob] = [{ A: [{ name: "a", type: "uint8" }] }, new Wallet(wellKnownKey(2)).address];
    const data = { domain: domainOf(world.registry.registry.id), types, value: { a: 1 } };
    expect(await codeOf(() => signTyped(data, bob))).to.equal("WALLET_REFUSED");
  });
});
