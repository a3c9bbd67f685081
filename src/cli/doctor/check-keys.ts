import type { Config } from "../../config/schema.js";
import { readTextFile } from "../../files/read-file.js";
import { requirePrivate } from "../../keys/keystore.js";
import { formatPublicKey, parseSecretKey } from "../../nix/signing-key.js";
import { type Finding, ok, runCheck } from "./finding.js";

const CHECK = "keys";

/**
 * Whether the relay's key, and those that are named, can be read by their owner alone.
 * @returns the relay's public key beside what was found
 */
export async function checkKeys(
  { relay: { signingKeyFile } }: Config,
  files: readonly string[],
  signal: AbortSignal,
): Promise<{ findings: Finding[]; publicKey: string | undefined }> {
  let publicKey: string | undefined;
  const ofRelay = await runCheck(CHECK, signal, async () => {
    if (signingKeyFile === undefined) return ok(CHECK, "the relay has none: it passes on the signatures of others");
    await requirePrivate(signingKeyFile);
    publicKey = formatPublicKey(parseSecretKey((await readTextFile(signingKeyFile, 1 << 12)).trim()).publicKey);
    return ok(CHECK, `${signingKeyFile} is the relay's: ${publicKey}`);
  });
  const others = await Promise.all(
    files.map((file) =>
      runCheck(CHECK, signal, async () => {
        await requirePrivate(file);
        return ok(CHECK, `${file} is its owner's alone`);
      }),
    ),
  );
  return { findings: [...ofRelay, ...others.flat()], publicKey };
}
