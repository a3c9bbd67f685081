import { expect } from "chai";
import { mkdir, writeFile } from "node:fs/promises";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

interface Explained {
  readonly file: string | null;
  readonly fileFrom: string | null;
  readonly valid: boolean;
  readonly problems: string[];
  readonly unknownVariables: string[];
  readonly settings: Record<string, { value: unknown; source: string; variable: string; problem?: string }>;
}

interface Diagnosis {
  readonly healthy: boolean;
  readonly failed: number;
  readonly warnings: number;
  readonly checks: { check: string; status: string; hint?: string }[];
}

describe("catnix config and catnix doctor", function () {
  this.timeout(60_000);
  let world: CliWorld;
  before(async () => {
    world = await CliWorld.start();
    await world.registry.mine(10);
  });
  after(() => world.close());

  describe("config", () => {
    it("says of each setting what it is, and where that came from", async () => {
      const env = { CATNIX_CHAIN_LOG_RANGE: "77", CATNIX_CHAIN_RPCURL: "x" };
      const { code, stdout, stderr } = await world.run(["config", "--json"], env);
      expect([code, stderr]).to.deep.equal([0, ""]);
      const { file, fileFrom, valid, settings, unknownVariables } = JSON.parse(stdout) as Explained;
      expect([file, fileFrom, valid]).to.deep.equal([world.file("catnix.json"), "working folder", true]);
      const { value, source, variable } = settings["chain.logRange"]!;
      expect([value, source, variable]).to.deep.equal([77, "environment", "CATNIX_CHAIN_LOG_RANGE"]);
      expect(settings["chain.chainId"]).to.include({ value: 31_337, source: "file" });
      expect(settings["stateDir"]).to.include({ value: world.file(".catnix"), source: "default" });
      expect(settings["relay.signingKeyFile"]).to.include({ value: null, source: "default" });
      expect(unknownVariables).to.deep.equal(["CATNIX_CHAIN_RPCURL"]);
    });

    it("says the same to people, with and without --explain", async () => {
      const plain = await world.run(["config"]);
      expect(plain.stdout).to.match(/^chain\.chainId +31337 +the file$/m);
      const long = await world.run(["config", "--explain"]);
      expect(long.stdout).to.include("CATNIX_CHAIN_CHAIN_ID").and.to.include("chain id; an endpoint of another");
    });

    it("says what is wrong by key, and ends with CONFIG_INVALID", async () => {
      await writeFile(
        world.file("wrong.json"),
        JSON.stringify({ relay: { port: -1 }, swarm: { uri: "x" }, logLevel: "warn" }),
      );
      const { code, stdout, stderr } = await world.run(["config", "--json", "--config", "wrong.json"]);
      expect([code, errorCodeOf({ code, stdout, stderr })]).to.deep.equal([1, "CONFIG_INVALID"]);
      const { valid, settings, problems } = JSON.parse(stdout) as Explained;
      expect([valid, settings["relay.port"]!.value, settings["logLevel"]!.value]).to.deep.equal([false, -1, "warn"]);
      expect(settings["relay.port"]).to.have.property("problem");
      expect(problems).to.have.length(2);
    });

    it("shows no secret of a URL, and nor does the doctor", async () => {
      const url = "http://user:geheim@127.0.0.1:1/geheim?key=geheim";
      const env = { CATNIX_CHAIN_RPC_URL: url, CATNIX_SWARM_URL: url };
      for (const args of [["config", "--explain"], ["doctor"]]) {
        const { stdout, stderr } = await world.run(args, env);
        expect(stdout + stderr).not.to.include("geheim");
      }
    });
  });

  describe("doctor", () => {
    const ownState = { relay: { port: 0 } };

    it("ends well where all is, with one object or a line for each check", async () => {
      const config = await world.writeConfig("good.json", {}, ownState);
      const { code, stdout, stderr } = await world.run(["doctor", "--json", "--config", config]);
      expect([code, stderr]).to.deep.equal([0, ""]);
      const { healthy, failed, warnings, checks } = JSON.parse(stdout) as Diagnosis;
      expect([healthy, failed]).to.deep.equal([true, 0]);
      expect(warnings).to.equal(checks.filter(({ status }) => status === "warn").length);

      const lines = await world.run(["doctor", "--quiet", "--config", config]);
      expect([lines.code, lines.stderr]).to.deep.equal([0, ""]);
      expect(lines.stdout.trimEnd().split("\n")).to.have.length(checks.length);
      for (const line of lines.stdout.trimEnd().split("\n")) expect(line).to.match(/^(ok {2}|warn|fail) {2}[a-z.]+/);
    });

    it("ends with DOCTOR_FAILED where a check fails, after all of them", async () => {
      const config = await world.writeConfig("bad.json", { chainId: 5 }, ownState);
      const result = await world.run(["doctor", "--json", "--config", config]);
      expect([result.code, errorCodeOf(result)]).to.deep.equal([1, "DOCTOR_FAILED"]);
      const { healthy, failed, checks } = JSON.parse(result.stdout) as Diagnosis;
      expect([healthy, failed]).to.deep.equal([false, 1]);
      expect(checks.map(({ check }) => check)).to.include("swarm");
    });

    it("looks at a real Nix's configuration", async () => {
      const port = 8734;
      const config = await world.writeConfig("nix.json", {}, { relay: { port } });
      await mkdir(world.file("conf"));
      const settings = [
        `substituters = http://127.0.0.1:${port}?trusted=1 http://192.0.2.1?trusted=1`,
        "narinfo-cache-positive-ttl = 3600",
      ];
      await writeFile(world.file("conf/nix.conf"), `${settings.join("\n")}\n`);
      const env = { NIX_CONF_DIR: world.file("conf"), HOME: world.folder };
      const { stdout } = await world.run(["doctor", "--json", "--config", config], env);
      const found = (JSON.parse(stdout) as Diagnosis).checks.filter(({ check }) => check.startsWith("nix"));
      if (found[0]!.status === "warn" && process.env["CI"] !== "true") return; // no Nix here
      expect(found.map(({ check, status }) => `${status} ${check}`)).to.deep.equal([
        "ok nix",
        "warn nix.conf",
        "ok nix.conf",
      ]);

      const none = await world.run(["doctor", "--json", "--config", config], { PATH: world.folder });
      const without = (JSON.parse(none.stdout) as Diagnosis).checks.filter(({ check }) => check.startsWith("nix"));
      expect(without.map(({ status }) => status)).to.deep.equal(["warn"]);
    });
  });
});
