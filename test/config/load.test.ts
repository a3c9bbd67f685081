import { expect } from "chai";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { listSettings, loadConfig, requireRegistry } from "../../src/config/load.js";
import type { CatnixError } from "../../src/errors/catnix-error.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

const ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const BATCH_ID = "ab".repeat(32);
const STORE_PATH = "/nix/store/si7qpqdvwk04xz5wjn3mhn0l552kn578-alone";

/** A value other than the default of every setting: as the environment writes it, and as the configuration has it. */
const SAMPLES: Record<string, [string, unknown]> = {
  stateDir: ["/var/lib/catnix", "/var/lib/catnix"],
  storeDir: ["/gnu/store", "/gnu/store"],
  logLevel: ["debug", "debug"],
  "chain.rpcUrl": ["https://rpc.example.org/key", "https://rpc.example.org/key"],
  "chain.chainId": ["100", 100],
  "chain.registry": [ADDRESS.toLowerCase(), ADDRESS],
  "chain.deploymentBlock": ["123", 123],
  "chain.finality": ["12", 12],
  "chain.pollSeconds": ["0.5", 0.5],
  "chain.logRange": ["500", 500],
  "light.rpcUrls": [
    "https://rpc-2.example.org/key https://rpc-3.example.org",
    ["https://rpc-2.example.org/key", "https://rpc-3.example.org"],
  ],
  "light.agree": ["2", 2],
  "light.maxAgeSeconds": ["600", 600],
  "light.codeHash": [`0x${"ab".repeat(32)}`, `0x${"ab".repeat(32)}`],
  "swarm.url": ["http://bee.example.org:1633", "http://bee.example.org:1633"],
  "swarm.urls": [
    "http://bee-2.example.org:1633 https://bee-3.example.org/key",
    ["http://bee-2.example.org:1633", "https://bee-3.example.org/key"],
  ],
  "swarm.cacheDir": ["/var/cache/catnix", "/var/cache/catnix"],
  "swarm.cacheBytes": ["2000000000", 2_000_000_000],
  "swarm.postageBatch": [BATCH_ID, BATCH_ID],
  "swarm.upload": ["direct", "direct"],
  "swarm.readbackUrl": ["http://other.example.org:1633", "http://other.example.org:1633"],
  "postage.allowMutable": ["true", true],
  "postage.waitSeconds": ["60", 60],
  "postage.warnDays": ["45.5", 45.5],
  "postage.failDays": ["7", 7],
  "postage.warnUsed": ["0.5", 0.5],
  "publish.jobs": ["8", 8],
  "publish.retries": ["9", 9],
  "publish.readbackChunks": ["1000", 1000],
  "publish.deny.names": ["secret-* *-private", ["secret-*", "*-private"]],
  "publish.deny.paths": [` ${STORE_PATH}\n`, [STORE_PATH]],
  "publish.deny.files": ["**/*.{key,pem}", ["**/*.{key,pem}"]],
  "publish.allow.rules": ["dotenv", ["dotenv"]],
  "publish.allow.paths": [`${STORE_PATH}/test/key.pem`, [`${STORE_PATH}/test/key.pem`]],
  "publish.allow.files": ["python3-*/lib/*/test/**", ["python3-*/lib/*/test/**"]],
  "publish.only.paths": ["", []],
  "publish.only.closures": ["/run/current-system", ["/run/current-system"]],
  "relay.host": ["0.0.0.0", "0.0.0.0"],
  "relay.port": ["0", 0],
  "relay.priority": ["30", 30],
  "member.ownedKeyFile": ["/etc/catnix/owned.json", "/etc/catnix/owned.json"],
  "member.ownedPasswordFile": ["/etc/catnix/owned.pass", "/etc/catnix/owned.pass"],
  "relay.signingKeyFile": ["/etc/catnix/key.sec", "/etc/catnix/key.sec"],
  "relay.memberSignatures": ["false", false],
};

const valueAt = (object: unknown, key: string): unknown =>
  key.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], object);

describe("configuration", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  before(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "catnix.json");
  });
  after(() => folder.remove());

  const load = async (content: unknown, env: NodeJS.ProcessEnv = {}) => {
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    return loadConfig({ file, env });
  };

  it("has a default for everything that one machine needs", async () => {
    const { chain, relay } = await load({});
    expect(chain.rpcUrl).to.equal("http://127.0.0.1:8545");
    expect(relay).to.deep.equal({ host: "127.0.0.1", port: 8734, priority: 41, memberSignatures: true });
  });

  it("takes the environment before the file, and the file before the defaults", async () => {
    const content = { chain: { chainId: 5, logRange: 7 } };
    const { chain } = await load(content, { CATNIX_CHAIN_CHAIN_ID: "6" });
    expect(chain).to.include({ chainId: 6, logRange: 7, deploymentBlock: 0 });
  });

  it("finds its file by the option, then by CATNIX_CONFIG, then as catnix.json, and needs none", async () => {
    await load({ logLevel: "warn" });
    const folderBefore = process.cwd();
    try {
      process.chdir(folder.path);
      expect((await loadConfig({ env: {} })).logLevel).to.equal("warn");
      await mkdir("elsewhere");
      process.chdir("elsewhere");
      expect((await loadConfig({ env: {} })).logLevel).to.equal("info");
    } finally {
      process.chdir(folderBefore);
    }
    const other = join(folder.path, "other.json");
    await writeFile(other, JSON.stringify({ logLevel: "trace" }));
    expect((await loadConfig({ env: { CATNIX_CONFIG: other } })).logLevel).to.equal("trace");
    expect((await loadConfig({ file, env: { CATNIX_CONFIG: other } })).logLevel).to.equal("warn");
    expect(await codeOf(() => loadConfig({ file: join(folder.path, "none.json"), env: {} }))).to.equal(
      "FILE_UNREADABLE",
    );
  });

  describe("setting", () => {
    it("is listed, each once, and said in words", () => {
      const settings = listSettings();
      expect(settings.map(({ key }) => key)).to.have.members(Object.keys(SAMPLES));
      expect(new Set(settings.map(({ variable }) => variable)).size).to.equal(settings.length);
      for (const { description } of settings) expect(description).not.to.equal("");
      expect(settings.filter(({ isPath }) => isPath).map(({ key }) => key)).to.deep.equal([
        "stateDir",
        "swarm.cacheDir",
        "member.ownedKeyFile",
        "member.ownedPasswordFile",
        "relay.signingKeyFile",
      ]);
    });

    for (const { key, variable } of listSettings())
      it(`${key} is read from ${variable} and from the file`, async () => {
        expect(variable).to.match(/^CATNIX_[A-Z]+(_[A-Z]+)*$/);
        const [text, value] = SAMPLES[key]!;
        const inFile = key.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
        expect(valueAt(await load({}), key)).not.to.deep.equal(value);
        expect(valueAt(await load({}, { [variable]: text }), key)).to.deep.equal(value);
        expect(valueAt(await load(inFile), key)).to.deep.equal(value);
      });
  });

  it("counts a path from the folder of the file that says it, or from the working folder for the environment", async () => {
    const content = { stateDir: "state", relay: { signingKeyFile: "../key.sec" } };
    expect((await load(content)).stateDir).to.equal(join(folder.path, "state"));
    expect((await load(content)).relay.signingKeyFile).to.equal(resolve(folder.path, "../key.sec"));
    expect((await load({})).stateDir).to.equal(join(folder.path, ".catnix"));
    expect((await load(content, { CATNIX_STATE_DIR: "state" })).stateDir).to.equal(resolve("state"));
    expect((await load({ stateDir: "/a/b" })).stateDir).to.equal("/a/b");
  });

  const refused: Record<string, [unknown, NodeJS.ProcessEnv?]> = {
    "no JSON": ["{"],
    "an empty file": [""],
    "a list": [[]],
    "a text": [`"x"`],
    null: ["null"],
    "an unknown key": [{ registry: ADDRESS }],
    "an unknown key below another": [{ chain: { rpcurl: "http://127.0.0.1" } }],
    __proto__: [`{"__proto__": {"logLevel": "debug"}}`],
    "a text where there should be keys": [{ chain: "x" }],
    "a text where there should be keys, and one of them in the environment": [{ chain: "x" }, envOf("chain.chainId")],
    "a list where there should be keys, and one of them in the environment": [{ chain: [] }, envOf("chain.chainId")],
    "null where there should be keys": [{ relay: null }],
    "an unknown level": [{ logLevel: "loud" }],
    "a URL of another kind": [{ swarm: { url: "ftp://example.org" } }],
    "a further node that is no URL": [{ swarm: { urls: ["bee-2:1633"] } }],
    "one of two that is no URL, in the environment": [{}, { CATNIX_SWARM_URLS: "http://127.0.0.1:1633 x" }],
    "a cache of a byte": [{ swarm: { cacheBytes: 1 } }],
    "no URL": [{ chain: { rpcUrl: "127.0.0.1:8545" } }],
    "no address": [{ chain: { registry: "0x12" } }],
    "an address with a wrong checksum": [{ chain: { registry: ADDRESS.replace("F", "f") } }],
    "a chain id of 0": [{ chain: { chainId: 0 } }],
    "half a block": [{ chain: { deploymentBlock: 0.5 } }],
    "an unknown finality": [{ chain: { finality: "soon" } }],
    "negative confirmations": [{ chain: { finality: -1 } }],
    "a port too large": [{ relay: { port: 65_536 } }],
    "a postage batch in upper case": [{ swarm: { postageBatch: BATCH_ID.toUpperCase() } }],
    "an empty path": [{ stateDir: "" }],
    "a pattern with an open bracket": [{ publish: { deny: { files: ["**/[id"] } } }],
    "an empty pattern": [{ publish: { allow: { files: [""] } } }],
    "a pattern that is a number": [{ publish: { deny: { names: [1] } } }],
    "a relative path to be denied": [{ publish: { deny: { paths: ["result"] } } }],
    "an object for a list": [{ publish: { only: { paths: {} } } }],
    "a relative store folder": [{ storeDir: "nix/store" }],
    "a store folder with a slash at its end": [{ storeDir: "/nix/store/" }],
    "a number that is none": [{}, { CATNIX_RELAY_PORT: "80a" }],
    "a number in hexadecimal": [{}, { CATNIX_CHAIN_CHAIN_ID: "0x64" }],
    "an empty number": [{}, { CATNIX_RELAY_PORT: "" }],
    "a number beyond 2^53": [{}, { CATNIX_CHAIN_LOG_RANGE: "9007199254740993" }],
  };
  for (const [name, [content, env]] of Object.entries(refused))
    it(`refuses ${name}`, async () => expect(await codeOf(() => load(content, env))).to.equal("CONFIG_INVALID"));

  it("names every problem at once, by key", async () => {
    const error = await load({ logLevel: "loud", relay: { port: -1 } }).catch((e: unknown) => e);
    const { source, problems } = (error as CatnixError<"CONFIG_INVALID">).details;
    expect(source).to.equal(file);
    expect(problems.map((problem) => problem.split(":")[0])).to.have.members(["logLevel", "relay.port"]);
  });

  it("is not changed from outside: defaults are made anew", async () => {
    const first = await load({});
    first.relay.port = 1;
    expect((await load({})).relay.port).to.equal(8734);
  });
});

describe("requireRegistry", () => {
  it("wants both of what identifies a registry", async () => {
    const env = { ...envOf("chain.registry"), ...envOf("chain.chainId") };
    expect(requireRegistry(await loadConfig({ env }))).to.deep.equal({ chainId: 100, registry: ADDRESS });
    for (const key of ["chain.registry", "chain.chainId"]) {
      const config = await loadConfig({ env: envOf(key) });
      expect(await codeOf(() => requireRegistry(config))).to.equal("CONFIG_INCOMPLETE");
    }
  });
});

/** The environment that sets one key to its sample. */
function envOf(key: string): NodeJS.ProcessEnv {
  const { variable } = listSettings().find((setting) => setting.key === key)!;
  return { [variable]: SAMPLES[key]![0] };
}
