import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { provideFromFirst, provideFromStore } from "../../../src/attest/rebuild/provide-from-store.js";
import { rebuildDerivation } from "../../../src/attest/rebuild/rebuild-derivation.js";
import type { Provide, ProvidedPath } from "../../../src/attest/rebuild/rebuild-path.js";
import { parseNixSha256 } from "../../../src/nix/nix-hash.js";
import { removeTree } from "../../../src/nix/remove-tree.js";
import { openNixStore } from "../../../src/nixdb/nix-store.js";
import { readNarOf } from "../../../src/resolver/read-nar.js";
import { openPolicy } from "../../publisher/support/open-policy.js";
import { startPublisher } from "../../publisher/support/start-publisher.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { BuildWorld } from "../support/build-world.js";

describe("rebuilding from what was published with derivations", function () {
  this.timeout(60_000);

  it("takes nothing but the records and what they lead to; what is only built with comes from elsewhere", async () => {
    const { path: folder } = await makeTempFolder();
    const world = await BuildWorld.make(folder);
    const publisher = await startPublisher(world.client.root);
    try {
      const { derivation, published } = await world.build("package");
      const paths = published.map(({ storePath }) => storePath);
      const policy = openPolicy({ allow: { rules: ["derivation"] } });
      const { records } = await publisher.publish(paths, { withDerivations: true, policy });
      const onSwarm = new Map(
        records.map(({ record }): [string, ProvidedPath] => {
          const { storePath, narHash, narSize, references } = record;
          const named = references.map((reference) => `/nix/store/${reference}`);
          const nar = (signal: AbortSignal) => readNarOf(record, { store: publisher.store, signal });
          return [storePath, { storePath, narHash: parseNixSha256(narHash), narSize, references: named, nar }];
        }),
      );
      const fromSwarm: Provide = (path) => Promise.resolve(onSwarm.get(path));
      const scratch = join(folder, "scratch");
      mkdirSync(scratch);

      // A member's own store has the tool that the package is built with and does not refer to.
      const tool = (await world.build("tool")).published[0]!.storePath;
      using own = openNixStore({ root: (await world.copyOutputs([tool])).root });
      const fromOwn: string[] = [];
      const fromStore: Provide = async (path, signal) => {
        fromOwn.push(path);
        return provideFromStore(own)(path, signal);
      };
      const outcomes = await rebuildDerivation(
        paths.map((path) => onSwarm.get(path)!),
        { ...{ derivation, scratch, folder: join(folder, "kept") }, provide: provideFromFirst(fromSwarm, fromStore) },
      );
      expect(outcomes.map(({ result }) => result)).to.deep.equal(["rebuilt", "rebuilt"]);
      expect(fromOwn).to.deep.equal([tool]);
      expect(readdirSync(scratch)).to.deep.equal([]);
    } finally {
      await publisher.close();
      await world.close();
      removeTree(folder);
    }
  });
});
