import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explainConfig } from "../../src/config/explain.js";
import { listSettings, loadConfig } from "../../src/config/load.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("explainConfig", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  before(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "catnix.json");
  });
  after(() => folder.remove());

  const explain = async (content: unknown, env: NodeJS.ProcessEnv = {}) => {
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    const explained = await explainConfig({ file, env });
    return { ...explained, at: (key: string) => explained.settings.find((setting) => setting.key === key)! };
  };

  it("names every setting, with the value that counts and what set it", async () => {
    const content = { stateDir: "state", chain: { chainId: 5, logRange: 7 } };
    const { at, settings, config } = await explain(content, { CATNIX_CHAIN_CHAIN_ID: "6" });
    expect(settings.map(({ key }) => key)).to.deep.equal(listSettings().map(({ key }) => key));
    expect(at("chain.chainId")).to.include({ value: 6, source: "environment" });
    expect(at("chain.logRange")).to.include({ value: 7, source: "file" });
    expect(at("relay.port")).to.include({ value: 8734, source: "default" });
    expect(at("stateDir")).to.include({ value: join(folder.path, "state"), source: "file" });
    expect(config).to.deep.equal(await loadConfig({ file, env: { CATNIX_CHAIN_CHAIN_ID: "6" } }));
  });

  it("says what named the file", async () => {
    expect(await explain({})).to.include({ file, fileFrom: "--config" });
    expect(await explainConfig({ env: { CATNIX_CONFIG: file } })).to.include({ file, fileFrom: "CATNIX_CONFIG" });
    const before = process.cwd();
    try {
      process.chdir(folder.path);
      expect((await explainConfig({ env: {} })).fileFrom).to.equal("working folder");
      process.chdir("/");
      expect(await explainConfig({ env: {} })).to.include({ file: undefined, fileFrom: undefined });
    } finally {
      process.chdir(before);
    }
  });

  const wrong: [what: string, content: unknown, env: NodeJS.ProcessEnv, keys: string[], others: number][] = [
    ["a value", { relay: { port: -1 } }, {}, ["relay.port"], 0],
    ["a value of the environment", {}, { CATNIX_RELAY_PORT: "x" }, ["relay.port"], 0],
    ["a key that there is not", { chain: { rpcURL: "http://x" } }, {}, [], 1],
    ["a text where there should be keys", { chain: "x" }, {}, [], 1],
    ["no JSON", "{", {}, [], 1],
    ["no object", [], {}, [], 1],
  ];
  for (const [what, content, env, keys, others] of wrong)
    it(`finds ${what} wrong, and explains the rest`, async () => {
      const { settings, problems, config } = await explain(content, env);
      expect(config).to.equal(undefined);
      expect(settings.filter(({ problem }) => problem !== undefined).map(({ key }) => key)).to.deep.equal(keys);
      expect(problems).to.have.length(others);
    });

  it("finds a file that is not there", async () => {
    const { problems, config } = await explainConfig({ file: join(folder.path, "none.json"), env: {} });
    expect([problems.length, config]).to.deep.equal([1, undefined]);
  });

  for (const url of ["https://user:geheim@rpc.example/geheim?key=geheim", "user:geheim@rpc", "ftp://user:geheim@x"])
    it(`shows no secret of ${url}`, async () => {
      const env = { CATNIX_CHAIN_RPC_URL: url };
      const found = await explain({ swarm: { url } }, env);
      const { settings, problems } = found;
      expect(JSON.stringify([settings, problems])).not.to.include("geheim");
      expect(found.at("swarm.url").value).to.match(/^(https:\/\/rpc\.example\/…|…)$/);
    });

  it("knows variables that only look like settings", async () => {
    const env = { CATNIX_CHAIN_RPCURL: "x", CATNIX_CONFIG: file, CATNIX_DEBUG: "1", CATNIX_RELAY_PORT: "1", PATH: "x" };
    expect((await explain({}, env)).unknownVariables).to.deep.equal(["CATNIX_CHAIN_RPCURL"]);
  });
});
