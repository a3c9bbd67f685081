import { expect } from "chai";
import { readFile, stat, writeFile } from "node:fs/promises";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { formatCharter, parseCharter } from "../../src/members/charter.js";
import { parseSecretKey } from "../../src/nix/signing-key.js";
import { changeCouncil } from "../support/submit-acts.js";
import { sampleCharter, sampleMember } from "../members/support/sample-charter.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

describe("catnix charter", function () {
  this.timeout(60_000);
  let world: CliWorld;
  before(async () => {
    world = await CliWorld.start();
  });
  after(() => world.close());

  async function ask<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await world.runHere([...args, "--json"]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.match(/^\{[^\n]*\}\n$/);
    return JSON.parse(stdout) as T;
  }
  async function refuse(...args: string[]): Promise<string> {
    const result = await world.runHere([...args, "--json"]);
    expect(result.code).not.to.equal(0);
    return errorCodeOf(result);
  }
  const member = (name: string, key: string, ...args: string[]) =>
    ask("charter", "member", "--name", name, "--key", key, "--out", world.file(`${name}.member.json`), ...args);
  const create = (out: string, ...args: string[]) =>
    ask<{ address: string }>("charter", "create", "--out", world.file(out), ...args);

  it("goes from members' keys to a charter that the council names, no password asked for", async () => {
    const keys: string[] = [];
    for (const kind of ["rebuilt", "copied"]) {
      const file = world.file(`alice-${kind}.secret`);
      const { publicKey } = await ask<{ publicKey: string }>("key", "create-nix", `alice-${kind}-1`, "--out", file);
      expect((await stat(file)).mode & 0o777).to.equal(0o600);
      const secret = await readFile(file, "utf8");
      expect(parseSecretKey(secret).publicKey.name).to.equal(`alice-${kind}-1`);
      expect(publicKey).not.to.include(secret.split(":")[1]!.trim());
      keys.push(publicKey);
    }
    await writeFile(world.file("alice-copied.public"), `${keys[1]}\n`);
    await member(
      ...(["alice", world.file("alice.json"), "--owned-key", world.file("nobody.json")] as const),
      ...["--nix-key", world.file("alice-rebuilt.secret"), "--nix-key", world.file("alice-copied.public")],
      ...["--title", "Alice's University", "--site", "https://example.org", "--package", "python3*", "--package", "jq"],
      ...["--system", "x86_64-linux", "--system", "aarch64-linux"],
    );
    const others = (await world.registry.registry.council()).members;
    const { address: alice } = JSON.parse(await readFile(world.file("alice.member.json"), "utf8")) as {
      address: string;
    };
    const [bob, carol] = others.filter((address) => address !== alice) as [string, string];
    await member("bob", bob, "--nix-key", "bob-rebuilt-7:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    expect(await member("carol", carol, "--title", "Carol")).not.to.have.property("replaced");
    expect(await member("carol", carol)).to.include({ replaced: true });
    expect(await member("carol", carol)).not.to.have.property("replaced");

    const files = ["alice", "bob", "carol"].flatMap((name) => ["--member", world.file(`${name}.member.json`)]);
    const made = await create("charter.json", "--name", "Three", "--system", "x86_64-linux", ...files);
    const bytes = await readFile(world.file("charter.json"));
    const charter = parseCharter(bytes);
    expect(made.address).to.equal(toHex(fileAddress(bytes)));
    const found = charter.members.find(({ name }) => name === "alice")!;
    expect(found).to.deep.include({
      ...{ title: "Alice's University", site: "https://example.org" },
      nixKeys: { rebuilt: keys[0], copied: keys[1] },
      scope: { packages: ["python3*", "jq"], systems: ["aarch64-linux", "x86_64-linux"] },
    });
    expect(found.ownedKey).not.to.equal(found.address);
    expect(charter.members.map(({ address }) => address)).to.deep.equal(others);

    // The registry's council names none yet; the file is shown beside the council.
    expect(await refuse("charter", "show")).to.equal("CHARTER_MISSING");
    const shown = await ask("charter", "show", world.file("charter.json"));
    expect(shown).to.deep.include({ address: made.address, named: false, missing: [], strangers: [] });

    world.registry.swarmProxy.requests.length = 0;
    const published = await ask<{ address: string }>("charter", "publish", world.file("charter.json"));
    expect(published.address).to.equal(made.address);
    await changeCouncil(world.registry, { charter: made.address });
    expect(await ask("charter", "show")).to.deep.include({ named: true, name: "Three", missing: [], strangers: [] });
    expect(await ask("charter", "show", made.address)).to.deep.include({ named: true, name: "Three" });
    const { stdout } = await world.runHere(["charter", "show"]);
    expect(stdout).to.include("Alice's University").and.to.include(`address    ${made.address}`);
  });

  it("makes a new charter from an older one: an entry replaced, one left out", async () => {
    const old = sampleCharter([sampleMember("a", 1), sampleMember("b", 2), sampleMember("c", 3)]);
    await writeFile(world.file("old.json"), formatCharter(old));
    const { address } = old.members.find(({ name }) => name === "a")!;
    await member("renamed", address);
    const args = ["--from", world.file("old.json"), "--member", world.file("renamed.member.json"), "--without", "c"];
    await create("new.json", ...args);
    const made = parseCharter(await readFile(world.file("new.json")));
    expect(made.members.map(({ name }) => name)).to.have.members(["renamed", "b"]);
    expect(made).to.include({ name: old.name, storeDir: old.storeDir });
    expect(await refuse("charter", "create", ...args, "--without", "nobody")).to.equal("USAGE");
  });

  it("says who is in the charter or the council only, and fails where it is the registry's own: CHARTER_DIFFERS", async () => {
    const strange = sampleCharter([sampleMember("a", 1), sampleMember("x", 8)]);
    await writeFile(world.file("strange.json"), formatCharter(strange));
    const { members } = await world.registry.registry.council();
    const listed = strange.members.map(({ address }) => address);
    const difference = {
      missing: members.filter((address) => !listed.includes(address)),
      strangers: listed.filter((address) => !members.includes(address)),
    };
    expect(difference.missing).to.have.length(2);
    expect(await ask("charter", "show", world.file("strange.json"))).to.deep.include({ named: false, ...difference });
    const { address } = await ask<{ address: string }>("charter", "publish", world.file("strange.json"));
    await changeCouncil(world.registry, { charter: address });
    const result = await world.runHere(["charter", "show", "--json"]);
    expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "CHARTER_DIFFERS"]);
    expect(JSON.parse(result.stdout)).to.deep.include({ named: true, ...difference });
  });

  it("does not take what Swarm gives for a charter", async () => {
    const { address } = await world.registry.store.write(Buffer.from("{}\n"));
    expect(await refuse("charter", "show", address)).to.equal("CHARTER_INVALID");
    expect(await refuse("charter", "show", "ab".repeat(32))).to.equal("SWARM_NOT_FOUND");
    await changeCouncil(world.registry, { charter: address });
    expect(await refuse("charter", "show")).to.equal("CHARTER_INVALID");
  });

  describe("refuses", () => {
    const out = () => ["--out", world.file("never.json")];
    const alone = () => ["charter", "member", "--name", "a", "--key", world.file("alice.json"), ...out()];
    const copied = "a-copied-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const rejects: Record<string, [code: string, args: () => string[]]> = {
      "a member's name in capitals": ["CHARTER_ENTRY_INVALID", () => [...alone(), "--name", "A"]],
      "a key of a name that is not the member's": [
        "CHARTER_ENTRY_INVALID",
        () => [...alone(), "--nix-key", `x${copied}`],
      ],
      "a key of no kind": ["USAGE", () => [...alone(), "--nix-key", copied.replace("copied", "other")]],
      "two keys of one kind": ["USAGE", () => [...alone(), "--nix-key", copied, "--nix-key", copied]],
      "a Nix key that is none": ["NIX_KEY_INVALID", () => [...alone(), "--nix-key", "a-copied-1:AAAA"]],
      "an address whose checksum fails": ["USAGE", () => [...alone(), "--key", `0x${"aB".repeat(20)}`]],
      "a keystore that is none": ["KEY_INVALID", () => [...alone(), "--key", world.file("catnix.json")]],
      "an owned key that is not there": ["FILE_UNREADABLE", () => [...alone(), "--owned-key", world.file("absent")]],
      "a charter without a name": ["USAGE", () => ["charter", "create", ...out()]],
      "a charter without members": ["CHARTER_INVALID", () => ["charter", "create", "--name", "n", ...out()]],
      "an entry that is none": [
        "CHARTER_ENTRY_INVALID",
        () => ["charter", "create", "--name", "n", "--member", world.file("catnix.json"), ...out()],
      ],
      "an entry that is no JSON": [
        "CHARTER_ENTRY_INVALID",
        () => ["charter", "create", "--name", "n", "--member", world.file("password"), ...out()],
      ],
      "a file to publish that is no charter": [
        "CHARTER_INVALID",
        () => ["charter", "publish", world.file("catnix.json")],
      ],
    };
    for (const [what, [code, args]] of Object.entries(rejects))
      it(`${what}: ${code}`, async () => {
        world.registry.swarmProxy.requests.length = 0;
        expect(await refuse(...args())).to.equal(code);
        expect(world.registry.swarmProxy.requests).to.deep.equal([]);
        expect(await stat(world.file("never.json")).catch(() => "absent")).to.equal("absent");
      });

    it("a Nix key that would be written over: FILE_EXISTS", async () => {
      expect(await refuse("key", "create-nix", "a-copied-1", "--out", world.file("password"))).to.equal("FILE_EXISTS");
      expect(await refuse("key", "create-nix", "a b", "--out", world.file("new"))).to.equal("NIX_KEY_INVALID");
    });
  });
});
