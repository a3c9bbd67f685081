// Rebuilds in a process of its own: `run-rebuild.ts ROOT SCRATCH DERIVATION OUTPUT`, for tests that kill it. Prints a line for
// each event.
import { join } from "node:path";
import { provideFromStore } from "../../../src/attest/rebuild/provide-from-store.js";
import { rebuildDerivation } from "../../../src/attest/rebuild/rebuild-derivation.js";
import { openNixStore } from "../../../src/nixdb/nix-store.js";

const [root, scratch, derivation, storePath] = process.argv.slice(2) as [string, string, string, string];
using nix = openNixStore({ root });
const nothing = { narHash: new Uint8Array(32), narSize: 1, references: [], nar: () => (async function* () {})() };
await rebuildDerivation([{ storePath, ...nothing }], {
  ...{ derivation, provide: provideFromStore(nix), folder: join(scratch, "kept"), scratch },
  onProgress: ({ kind }) => process.stdout.write(`${kind}\n`),
});
