import { expect } from "chai";
import { join } from "node:path";
import { ScanMemory } from "../../../src/publisher/policy/scan-memory.js";
import { makeStorePath } from "../../support/fill-index.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { openPolicy } from "../support/open-policy.js";

describe("ScanMemory", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  before(async () => {
    folder = await makeTempFolder();
  });
  after(() => folder.remove());

  it("knows what was clean: these files under this name by these rules, in the next run as well", () => {
    const file = join(folder.path, "deep", "scans.sqlite");
    const [narHash, storePath] = [new Uint8Array(32).fill(1), makeStorePath("app")];
    const files = { narHash, storePath, trace: new Uint8Array(32).fill(2) };
    const isClean = (memory: ScanMemory, changed: Partial<typeof files> = {}, policy = openPolicy()) =>
      memory.isClean({ ...files, ...changed }, policy);
    {
      using memory = new ScanMemory(file, "/nix/store");
      expect(isClean(memory)).to.equal(false);
      memory.keepClean([files], openPolicy());
      memory.keepClean([files], openPolicy());
      memory.keepClean([], openPolicy());
    }
    using memory = new ScanMemory(file, "/nix/store");
    expect(isClean(memory)).to.equal(true);
    expect(isClean(memory, { storePath: makeStorePath("other") })).to.equal(false);
    expect(isClean(memory, { narHash: new Uint8Array(32) })).to.equal(false);
    expect(isClean(memory, { trace: new Uint8Array(32) })).to.equal(false);
    expect(isClean(memory, {}, openPolicy({ deny: { files: ["**/x"] } }))).to.equal(false);
    // What does not change what is found in a file.
    const others = openPolicy({ deny: { names: ["x"] }, allow: { rules: ["dotenv"], files: ["**"] } });
    expect(isClean(memory, {}, others)).to.equal(true);
  });
});
