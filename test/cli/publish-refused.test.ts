import { expect } from "chai";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorCode } from "../../src/errors/descriptors.js";
import { removeTree } from "../../src/nix/remove-tree.js";
import { addSmallClosure, type SmallClosure } from "../publisher/support/published-store.js";
import type { Fault } from "../support/fault-proxy.js";
import { setUpRealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

/** A stock Nix of this machine; skipped without one, but never under `CI=true`. */
describe("catnix publish, refused", function () {
  this.timeout(60_000);
  let folder: string;
  let root: string;
  let added: SmallClosure;
  let world: CliWorld;
  before(async function () {
    folder = (await makeTempFolder()).path;
    const nix = setUpRealNix(this, folder);
    root = nix.root;
    added = addSmallClosure(nix, folder);
    world = await CliWorld.start();
  });
  after(async () => {
    removeTree(folder);
    await (world as CliWorld | undefined)?.close();
  });
  afterEach(() => {
    world.registry.swarmProxy.rule = () => undefined;
  });

  const publish = (...args: string[]) => world.runHere(["publish", ...args, "--out", world.file("out.json"), "--json"]);

  async function expectRefused(code: ErrorCode, ...args: string[]): Promise<void> {
    const result = await publish(...args);
    expect([result.code, result.stdout, errorCodeOf(result)]).to.deep.equal([1, "", code]);
    expect(existsSync(world.file("out.json")), "a draft was written").to.equal(false);
  }

  const uploads: Record<string, Fault> = {
    "refuses uploads": { kind: "status", status: 403 },
    "has a full postage batch": { kind: "status", status: 402, message: "batch is overissued" },
    "answers uploads with something else": { kind: "instead", path: "/health" },
  };
  for (const [what, fault] of Object.entries(uploads)) {
    it(`drafts nothing where Swarm ${what}`, async () => {
      world.registry.swarmProxy.rule = ({ method }) => (method === "POST" ? fault : undefined);
      await expectRefused("PUBLISH_FAILED", added.top, "--store", root);
    });
  }

  it("refuses a store that is none, and paths that it does not have", async () => {
    await expectRefused("NIX_DB_UNREADABLE", added.top, "--store", world.folder);
    await expectRefused("STORE_PATH_NOT_VALID", added.top.replace(/[^/]{3}(?=-top)/, "000"), "--store", root);
    await expectRefused("STORE_PATH_NOT_FOUND", world.file("catnix.json"), "--store", root);
  });

  it("publishes the closure once, and refuses a path that was altered since", async () => {
    const first = await publish(added.top, "--store", root);
    expect([first.code, first.stderr]).to.deep.equal([0, ""]);
    expect(JSON.parse(first.stdout)).to.deep.include({ alreadyListed: 0, reused: 0, file: world.file("out.json") });
    const again = await publish(added.top, "--store", root);
    expect(JSON.parse(again.stdout)).to.deep.include({ reused: 3, unchanged: true });

    removeTree(world.file("out.json"));
    const text = join(root, added.tree, "text");
    chmodSync(text, 0o644);
    writeFileSync(text, "altered\n");
    await expectRefused("STORE_PATH_MODIFIED", added.tree, "--store", root);
  });
});
