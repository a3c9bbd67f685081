import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, buildOnce, type GoProgram } from "../go/build-once.js";
import { BEE_API_VERSION, BEE_VERSION } from "./bee-version.js";

/** What a network of one's own needs, built once for each version. */
export interface BeePrograms {
  /** The node. */
  readonly bee: string;
  /** JSON of Swarm's contracts by name, each with its `abi` and its `bytecode`. */
  readonly contracts: string;
}

const MODULE = "github.com/ethersphere/bee/v2";
const BEE: GoProgram = {
  name: "bee",
  version: BEE_VERSION,
  source: fileURLToPath(new URL("build", import.meta.url)),
  files: ["contracts/main.go", "batch-archive/archive.go"],
  linkerFlags: [
    "-s -w",
    `-X ${MODULE}.version=${BEE_VERSION}`,
    `-X ${MODULE}/pkg/api.Version=${BEE_API_VERSION}`,
    // Without it a node on loopback never counts as reachable, and full nodes refuse its chunks.
    `-X ${MODULE}/pkg/p2p/libp2p.reachabilityOverridePublic=true`,
    // A node looks for batches in every block, not in every fifth.
    `-X ${MODULE}/pkg/postage/listener.batchFactorOverridePublic=1`,
  ].join(" "),
  packages: [`${MODULE}/cmd/bee`, "./contracts"],
  async finish(folder, run) {
    const printer = join(folder, "contracts");
    await writeFile(`${printer}.json`, await run(printer, []));
    await rm(printer);
  },
};

/**
 * Bee and Swarm's contracts, from the cache, or built from their Go modules (two minutes on two cores, 130 MB to download).
 * @throws LabError GO_MISSING, GO_BUILD_FAILED; the reason of an aborted signal
 */
export async function ensureBee(options: BuildOptions = {}): Promise<BeePrograms> {
  const folder = await buildOnce(BEE, options);
  return { bee: join(folder, "bee"), contracts: join(folder, "contracts.json") };
}
