import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NixClient } from "../../../scripts/lab/nix-client.js";
import { runCommand } from "../../../scripts/lab/run-command.js";

/** A temporary folder for Nix clients and networks. */
export interface LabFolder {
  readonly path: string;
  /** A Nix with an empty store and an empty cache. */
  newClient(): Promise<NixClient>;
  /** Removes it all; what Nix made is read-only, also in folders. */
  remove(): Promise<void>;
}

export async function makeLabFolder(name: string): Promise<LabFolder> {
  const path = await mkdtemp(join(tmpdir(), `catnix-${name}-`));
  let clients = 0;
  return {
    path,
    newClient: () => NixClient.open(join(path, `client-${++clients}`)),
    async remove() {
      await runCommand("chmod", ["-R", "u+w", path]);
      await runCommand("rm", ["-rf", path], { check: true });
    },
  };
}
