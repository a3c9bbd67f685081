import { expect } from "chai";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isCatnixError } from "../../../src/errors/catnix-error.js";
import { traceTree } from "../../../src/files/trace-tree.js";
import { removeTree } from "../../../src/nix/remove-tree.js";
import { refuseDenied } from "../../../src/publisher/policy/check-closure.js";
import { openNixStore } from "../../../src/nixdb/nix-store.js";
import { ScanMemory } from "../../../src/publisher/policy/scan-memory.js";
import type { PublishEvent } from "../../../src/publisher/publish-closure.js";
import { codeOf } from "../../support/code-of.js";
import { type RealNix, setUpRealNix } from "../../support/real-nix.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { openPolicy } from "../support/open-policy.js";
import { addSmallClosure, type SmallClosure } from "../support/published-store.js";
import { startPublisher, type TestPublisher } from "../support/start-publisher.js";

const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${"A".repeat(64)}\n`;

/** What the policy holds back never leaves: a real Nix's store, and a Swarm that counts what it is asked. */
describe("publishClosure with a policy", function () {
  this.timeout(60_000);
  let folder: string;
  let nix: RealNix;
  let clean: SmallClosure;
  let app: string;
  let publisher: TestPublisher;
  before(async function () {
    folder = (await makeTempFolder()).path;
    nix = setUpRealNix(this, folder);
    clean = addSmallClosure(nix, folder);
    const source = join(folder, "app");
    mkdirSync(join(source, "share/test"), { recursive: true });
    writeFileSync(join(source, "share/test/key.pem"), KEY);
    writeFileSync(join(source, "share/test/public.pem"), "-----BEGIN CERTIFICATE-----\n");
    app = nix.run("nix-store", "--add", source).toString().trim();
  });
  after(() => removeTree(folder));
  beforeEach(async () => {
    publisher = await startPublisher(nix.root);
  });
  afterEach(() => publisher.close());

  /** Publishes in vain: the details of the error, and nobody was asked anything. */
  async function publishInVain(paths: string[], settings: object = {}, allow: string[] = []) {
    try {
      await publisher.publish(paths, { policy: openPolicy(settings, allow) });
    } catch (error) {
      if (!isCatnixError(error, "PUBLISH_DENIED")) throw error;
      expect(publisher.proxy.requests).to.deep.equal([]);
      return error.details.findings.map(({ path, rule }) => [path, rule]);
    }
    throw new Error("it was published");
  }

  it("sends nothing of a closure in which one file is held back, and names the file", async () => {
    const found = await publishInVain([clean.top, app, clean.tree]);
    expect(found).to.deep.equal([[`${app}/share/test/key.pem`, "private-key"]]);
  });

  it("sends nothing of a closure in which one reference is held back", async () => {
    const [[path, rule] = []] = await publishInVain([clean.top], { deny: { names: ["data"] } });
    expect([path!.slice(44), rule]).to.deep.equal(["data", "publish.deny.names"]);
    expect((await publishInVain([clean.top], { deny: { paths: [clean.top] } }))[0]![1]).to.equal("publish.deny.paths");
    const denied = await publishInVain([clean.tree], { deny: { files: ["tree-*/bin/*"] } });
    expect(denied).to.deep.equal([[`${clean.tree}/bin/run`, "publish.deny.files"]]);
  });

  it("holds back a derivation", async () => {
    const expression = `derivation { name = "d"; system = "x"; builder = "y"; TOKEN = "secret"; }`;
    const drv = nix.run("nix-instantiate", "--expr", expression).toString().trim();
    expect(await publishInVain([drv])).to.deep.equal([[drv, "derivation"]]);
  });

  it("publishes what an exception names", async () => {
    for (const allow of [[app], [`${app}/share`], [`${app}/share/test/key.pem`]]) {
      const { records } = await publisher.publish([app], { policy: openPolicy({}, allow) });
      expect(records).to.have.length(1);
    }
    await publisher.publish([app], { policy: openPolicy({ allow: { files: ["app/share/test/**"] } }) });
  });

  it("publishes nothing beyond publish.only", async () => {
    const found = await publishInVain([clean.top, clean.tree], { only: { closures: [clean.top] } });
    expect(found).to.deep.equal([[clean.tree, "publish.only"]]);
    expect(await publishInVain([clean.top], { only: { paths: [clean.top] } })).to.have.length(2); // its references
    expect(await publishInVain([clean.tree], { only: { paths: [] } }, [clean.tree])).to.have.length(1);
    const settings = { only: { closures: [clean.top], paths: [clean.tree] } };
    const { records } = await publisher.publish([clean.top, clean.tree], { policy: openPolicy(settings) });
    expect(records).to.have.length(4);
  });

  it("refuses a closure that it cannot know", async () => {
    for (const root of [`/nix/store/${"0".repeat(31)}1-unknown`, "/no/such/link"]) {
      const policy = openPolicy({ only: { closures: [root] } });
      expect(await codeOf(() => publisher.publish([clean.top], { policy }))).to.equal("PUBLISH_POLICY_INVALID");
    }
    expect(publisher.proxy.requests).to.deep.equal([]);
  });

  it("believes what it remembers, for the same rules and the files as they were", async () => {
    using scanMemory = new ScanMemory(join(folder, "scans.sqlite"), "/nix/store");
    const run = (path: string, settings: object = {}) =>
      publisher.publish([path], { scanMemory, policy: openPolicy(settings) });
    const denied = async (path: string, settings?: object) =>
      expect(await codeOf(() => run(path, settings))).to.equal("PUBLISH_DENIED");
    const files = async (storePath: string) => {
      using store = openNixStore({ root: nix.root });
      const { narHash } = store.closure([storePath])[0]!;
      return { storePath, narHash, trace: await traceTree(join(nix.root, storePath)) };
    };
    await run(clean.tree);
    expect(scanMemory.isClean(await files(clean.tree), openPolicy())).to.equal(true);
    await denied(clean.tree, { deny: { files: ["tree-*/bin/*"] } });

    await denied(app);
    await denied(app);
    // That it does not look shows only where it would have found something.
    scanMemory.keepClean([await files(app)], openPolicy());
    expect((await run(app)).records).to.have.length(1);
    utimesSync(join(nix.root, app, "share/test/key.pem"), 1, 1);
    await denied(app);
  });

  it("tells how far it is, and starts no path before all are looked through", async () => {
    const other = addSmallClosure(nix, folder, 2);
    const events: PublishEvent["kind"][] = [];
    await publisher.publish([other.top, other.tree], { onProgress: ({ kind }) => void events.push(kind) });
    const checked = events.filter((kind) => kind === "checked").length;
    expect(events.slice(0, checked + 1)).to.deep.equal(["closure", ...Array<string>(4).fill("checked")]);
  });

  it("stops at its signal, before anything is sent", async () => {
    const signal = AbortSignal.abort(new RangeError("enough"));
    const failed: unknown = await publisher.publish([app], { signal }).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(RangeError);
    expect(publisher.proxy.requests).to.deep.equal([]);
  });
});

describe("refuseDenied", () => {
  const finding = (path: string) => ({ storePath: path, path, rule: "private-key", reason: "a key" });

  it("is content with no finding", () => {
    refuseDenied([]);
  });

  it("names fifty findings, counts all, and shows no character that steers a terminal", () => {
    const findings = Array.from({ length: 60 }, (_, i) => finding(`/nix/store/${i}\u001b[2J\n\u202e`));
    try {
      refuseDenied(findings);
      expect.fail("it was accepted");
    } catch (error) {
      if (!isCatnixError(error, "PUBLISH_DENIED")) throw error;
      expect([error.details.count, error.details.findings.length]).to.deep.equal([60, 50]);
      expect(error.message.split("\n")).to.have.length(52);
      expect(error.message).not.to.match(/(?!\n)\p{Cc}|\p{Cf}/u);
    }
  });
});
