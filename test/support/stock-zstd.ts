import { execFileSync } from "node:child_process";
import { skipTest } from "./skip-test.js";

/**
 * Decompresses with the `zstd` of this machine, or skips the test where there is none: never under `CI=true`, where that
 * fails it.
 */
export function decompressByStockZstd(context: Mocha.Context, file: Uint8Array): Uint8Array {
  try {
    return execFileSync("zstd", ["-dc"], { input: file, maxBuffer: 1 << 26, stdio: ["pipe", "pipe", "pipe"] });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    return skipTest(context, "no zstd on the PATH (Debian: apt-get install zstd)", cause);
  }
}
