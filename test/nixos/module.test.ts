import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseConfig } from "../../src/config/load.js";
import { type RealNix, setUpRealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";

const expression = fileURLToPath(new URL("evaluate-module.nix", import.meta.url));
const module = fileURLToPath(new URL("../../nix/module.nix", import.meta.url));
const guide = fileURLToPath(new URL("../../docs/guide/operator.md", import.meta.url));

interface Made {
  readonly systemd: {
    readonly services: {
      readonly catnix: { readonly environment: object; readonly serviceConfig: Readonly<Record<string, unknown>> };
    };
  };
  readonly nix: { readonly settings: object };
}

describe("nix/module.nix", function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let nix: RealNix;
  before(async function () {
    folder = await makeTempFolder();
    nix = setUpRealNix(this, folder.path);
  });
  after(() => folder.remove());

  function evaluate(given: object): Made | Record<string, never> {
    const args = [
      "--argstr",
      "module",
      module,
      "--argstr",
      "given",
      JSON.stringify({ package: "/opt/catnix", ...given }),
    ];
    const json = nix.run("nix-instantiate", "--eval", "--read-write-mode", "--strict", "--json", expression, ...args);
    return JSON.parse(json.toString("utf8")) as Made;
  }

  it("makes nothing unless it is enabled", () => {
    expect(evaluate({})).to.deep.equal({});
  });

  it("makes the service of the operator's guide, with settings that catnix takes, and a client", () => {
    const settings = { chain: { chainId: 100 }, relay: { port: 9000 } };
    const made = evaluate({ enable: true, settings, signingKeyFile: "/etc/relay.key", publicKey: "relay-1:AA==" });
    const { environment, serviceConfig } = (made as Made).systemd.services.catnix;
    const { ExecStart: start, ...others } = serviceConfig;
    const [, config] = /^\/node\/bin\/node .* \/opt\/catnix\/bin\/catnix\.js serve --config (\S+)$/.exec(
      String(start),
    )!;
    const written = JSON.parse(readFileSync(join(nix.root, config!), "utf8")) as Record<string, unknown>;
    expect(written).to.deep.equal(settings);
    expect(parseConfig(written, { file: undefined, env: {} })).to.have.property("config");

    const unit = readFileSync(guide, "utf8");
    for (const [name, value] of Object.entries(others))
      expect(unit).to.include(`\n${name}=${value === true ? "yes" : String(value).replace("/etc/", "/etc/catnix/")}\n`);
    for (const name of Object.keys(environment)) expect(unit).to.include(`${name}=`);
    expect((made as Made).nix.settings).to.deep.equal({
      "extra-substituters": ["http://127.0.0.1:9000"],
      "extra-trusted-public-keys": ["relay-1:AA=="],
      "narinfo-cache-positive-ttl": 3600,
    });
  });

  it("serves without a key, and leaves this machine's Nix alone then", () => {
    const { systemd, nix: client } = evaluate({ enable: true }) as Made;
    expect(systemd.services.catnix.environment).to.have.keys("CATNIX_STATE_DIR", "CATNIX_SWARM_CACHE_DIR");
    expect(systemd.services.catnix.serviceConfig).not.to.have.property("LoadCredential");
    expect(client.settings).to.deep.equal({});
  });
});
