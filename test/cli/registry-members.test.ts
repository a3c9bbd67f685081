import { expect } from "chai";
import { Wallet } from "ethers";
import { writeFile } from "node:fs/promises";
import { readActFile } from "../../src/consortium/act-file.js";
import { typedDataOf } from "../../src/cat/act.js";
import { formatCharter } from "../../src/members/charter.js";
import { typedSafeMessage } from "../../src/registry/safe.js";
import { delegateTo, deploySafe } from "../support/deploy-safe.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface Members {
  readonly since: { readonly seq: number };
  readonly charter: { readonly name?: string } | null;
  readonly members: readonly { address: string; kind: string; name?: string; since?: number; delegate?: string }[];
}

/** A council of accounts, of a Safe and of an account that delegates, with a charter; signatures made elsewhere. */
describe("catnix registry members, and members who sign elsewhere", function () {
  this.timeout(120_000);
  let world: CliWorld;
  before(async () => {
    world = await CliWorld.start();
  });
  after(() => world.close());

  const walletOf = (at: number) => new Wallet(wellKnownKey(at));
  async function ask<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await world.runHere([...args, "--json"]);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as T;
  }
  const refused = async (...args: string[]) => errorCodeOf(await world.runHere([...args, "--json"]));
  const members = () => ask<Members>("registry", "members");
  const find = ({ members: list }: Members, address: string) => list.find((it) => it.address === address)!;

  it("shows the founding council, without a charter", async () => {
    const shown = await members();
    expect(shown).to.deep.include({ charter: null, publishThreshold: 2 }).and.have.nested.property("since.seq", 0);
    expect(shown.members.map(({ kind, since }) => [kind, since])).to.deep.equal(Array(3).fill(["account", 0]));
    const { stdout } = await world.runHere(["registry", "members"]);
    expect(stdout).to.include("since act 0 (the founding)").and.include("charter    none");
  });

  it("takes a Safe in by the signatures of its owners, and by EIP-712 JSON that somebody signs elsewhere", async () => {
    const { sender, registry, store } = world.registry;
    const owners = [5, 6, 7].map(walletOf);
    const addresses = owners.map(({ address }) => address);
    const safe = await deploySafe(sender, addresses, 2);
    const [alice, carol] = [walletOf(1), walletOf(3)];
    const listed = [...(await registry.council()).members.filter((it) => it !== carol.address), safe.address].sort(
      (a, b) => (BigInt(a) < BigInt(b) ? -1 : 1),
    );
    const charter = formatCharter({
      ...{ format: "catnix-charter/1", name: "Reproducers", storeDir: "/nix/store" },
      members: listed.map((address, at) => ({ address, name: `member-${at}`, ownedKey: address, nixKeys: {} })),
    });
    const { address } = await store.write(charter);
    const file = world.file("act.json");
    const rotate = ["--add", safe.address, "--remove", carol.address, "--charter", address, "--out", file];
    const shown = await world.runHere(["registry", "rotate", ...rotate]);
    expect(shown.stdout).to.include(`+ ${safe.address}  member-`).and.include(`- ${carol.address}`);
    expect(shown.stdout).not.to.include("warning");

    // Alice's key is elsewhere: what is printed is signed there, and what comes back is added.
    const out = world.file("typed.json");
    const printed = await ask<{ digest: string }>(
      "registry",
      "typed-data",
      file,
      "--member",
      alice.address,
      "--out",
      out,
    );
    const signature = alice.signingKey.sign(printed.digest).serialized;
    const add = ["registry", "add-signature", file, "--member", alice.address];
    expect(await refused(...add, "--signature", owners[0]!.signingKey.sign(printed.digest).serialized)).to.equal(
      "SIGNATURE_INVALID",
    );
    expect(await refused("registry", "typed-data", file, "--member", walletOf(9).address)).to.equal("NOT_A_MEMBER");
    await writeFile(world.file("signature.txt"), `${signature}\n`);
    expect(await ask(...add, "--signature-file", world.file("signature.txt"))).to.include({ holds: true });
    await ask("registry", "sign", file, "--yes", ...world.keyOf("bob"));

    const { act } = await readActFile(file);
    const message = typedSafeMessage(registry, safe.address, typedDataOf(registry.id, act));
    const addPart = async (owner: Wallet) =>
      ask(
        ...["registry", "add-signature", file, "--member", safe.address],
        ...["--signature", await owner.signTypedData(message.domain, message.types, message.value)],
      );
    expect(await addPart(owners[0]!)).to.deep.include({ holds: false, owners: [owners[0]!.address], threshold: 2 });
    const submit = ["registry", "submit", file, ...world.keyOf("payer")];
    expect(await refused(...submit)).to.equal("APPROVALS_MISSING");
    expect(await addPart(owners[1]!)).to.include({ holds: true });
    await ask(...submit);

    await delegateTo(alice.connect(registry.chain.provider), safe.address);
    const now = await members();
    expect(now).to.have.nested.property("since.seq", 1);
    expect(now.charter).to.deep.equal({ address, name: "Reproducers" });
    expect(find(now, safe.address)).to.deep.include({ kind: "contract", since: 1 });
    expect(find(now, alice.address)).to.deep.include({ kind: "delegated account", since: 0, delegate: safe.address });
    expect(now.members.map(({ name }) => name)).to.deep.equal(["member-0", "member-1", "member-2"]);
  });

  it("does without a charter that cannot be had, and warns of it", async () => {
    await ask("registry", "rotate", "--charter", "ab".repeat(32), "--out", world.file("lost.json"));
    const file = world.file("lost.json");
    const { stdout, stderr } = await world.runHere(["registry", "show", file]);
    expect(stderr).to.include("cannot be read");
    expect(stdout).to.include("warning").and.include("could not be read");
  });
});
