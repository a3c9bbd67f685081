import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, buildOnce } from "../go/build-once.js";

/** The signer of go-ethereum; scripts/clef/build/go.mod requires this version. */
const CLEF_VERSION = "1.17.3";

/**
 * clef, from the cache, or built from its Go module (a minute on two cores).
 * @returns the program's path
 * @throws LabError GO_MISSING, GO_BUILD_FAILED; the reason of an aborted signal
 */
export async function ensureClef(options: BuildOptions = {}): Promise<string> {
  const folder = await buildOnce(
    {
      name: "clef",
      version: CLEF_VERSION,
      source: fileURLToPath(new URL("build", import.meta.url)),
      files: [],
      linkerFlags: "-s -w",
      packages: ["github.com/ethereum/go-ethereum/cmd/clef"],
    },
    options,
  );
  return join(folder, "clef");
}
