import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder below the system's temporary one, and what removes it. */
export async function makeTempFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "catnix-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
