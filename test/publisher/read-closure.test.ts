import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import { parseDerivationAt } from "../../src/nix/text-path.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { type NixStore, openNixStore } from "../../src/nixdb/nix-store.js";
import { readClosure } from "../../src/publisher/read-closure.js";
import { BuildWorld } from "../attest/support/build-world.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { openPolicy } from "./support/open-policy.js";
import { startPublisher } from "./support/start-publisher.js";

const namesOf = (paths: readonly string[]) => paths.map((path) => path.slice(44)).sort();

describe("what is published with derivations", function () {
  this.timeout(60_000);
  let folder: string;
  let world: BuildWorld;
  let nix: NixStore;
  let outputs: string[];
  let derivation: string;
  before(async () => {
    folder = (await makeTempFolder()).path;
    world = await BuildWorld.make(folder);
    nix = world.nix;
    const built = await world.build("package");
    derivation = built.derivation;
    outputs = built.published.map(({ storePath }) => storePath);
  });
  after(async () => {
    await world.close();
    removeTree(folder);
  });

  const read = (paths: readonly string[], withDerivations = true, store = nix) =>
    readClosure({ nix: store, paths, storeDir: "/nix/store", withDerivations });

  it("is the derivations to the last, and their sources, and no output that nothing refers to", () => {
    const without = read(outputs, false);
    expect(without.derivations).to.equal(undefined);
    const { closure, derivations } = read(outputs);
    const added = closure
      .slice()
      .filter(({ storePath }) => !without.closure.some((one) => one.storePath === storePath));
    expect(namesOf(added.map(({ storePath }) => storePath))).to.deep.equal([
      "build.sh",
      "build.sh",
      "build.sh",
      "busybox",
      "library-1.0.drv",
      "package-1.0.drv",
      "tool-1.0.drv",
    ]);
    expect(derivations).to.deep.equal({ added: added.length, missing: [] });
    // References first, as the closure rule wants it of each batch.
    const seen = new Set<string>();
    for (const { storePath, references } of closure) {
      expect(references.filter((reference) => reference !== storePath && !seen.has(reference))).to.deep.equal([]);
      seen.add(storePath);
    }
  });

  it("says which derivations are not to be had", async () => {
    const reader = openNixStore({ root: (await world.copyOutputs(outputs)).root });
    try {
      const { derivations } = read(outputs, true, reader);
      expect(derivations!.added).to.equal(0);
      const missing = derivations!.missing.map(({ storePath, deriver }) => `${namesOf([storePath])[0]!} ${deriver!}`);
      const [library] = missing.splice(0, 1);
      expect(library).to.match(/^library-1\.0 .*-library-1\.0\.drv$/);
      expect(missing.sort()).to.deep.equal([`package-1.0 ${derivation}`, `package-1.0-dev ${derivation}`]);
    } finally {
      reader.close();
    }
  });

  it("goes to Swarm like anything else, with records from which a member finds the derivation", async () => {
    const publisher = await startPublisher(world.client.root);
    try {
      const result = await publisher.publish(outputs, {
        withDerivations: true,
        policy: openPolicy({ allow: { rules: ["derivation"] } }),
      });
      const records = new Map(result.records.map(({ record }) => [record.storePath, record]));
      expect(records.get(outputs[0]!)?.deriver).to.equal(derivation.slice("/nix/store/".length));
      const record = records.get(derivation)!;
      expect(record.ca).to.match(/^text:sha256:/);
      const text = readFileSync(join(world.client.root, derivation));
      expect([...parseDerivationAt(derivation, text).outputs.keys()]).to.deep.equal(["dev", "out"]);
      expect(record.narHash).to.equal(formatNixSha256(nix.queryPathInfo(derivation)!.narHash));
      expect(result.derivations).to.deep.equal({ added: 7, missing: [] });
    } finally {
      await publisher.close();
    }
  });
});
