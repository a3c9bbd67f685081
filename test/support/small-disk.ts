import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { skipTest } from "./skip-test.js";
import { makeTempFolder } from "./temp-folder.js";

/** A disk that is soon full. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all room but so many bytes. */
  fill(left?: number): void;
  makeRoom(): void;
  remove(): Promise<void>;
}

/**
 * Mounts a tmpfs of so many bytes, or skips the test where this user may not: never under `CI=true`, where that fails it.
 */
export async function mountSmallDisk(context: Mocha.Context, bytes: number): Promise<SmallDisk> {
  const folder = await makeTempFolder();
  const { path } = folder;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path], { stdio: "pipe" });
  } catch (cause) {
    await folder.remove();
    skipTest(context, "this user may not mount a small disk", cause);
  }
  const filler = join(path, "filler");
  return {
    path,
    fill(left = 0) {
      rmSync(filler, { force: true });
      const { bavail, bsize } = statfsSync(path);
      const file = openSync(filler, "w");
      const page = Buffer.alloc(bsize);
      for (let pages = bavail - Math.ceil(left / bsize); pages > 0; pages--) writeSync(file, page);
      closeSync(file);
    },
    makeRoom: () => rmSync(filler, { force: true }),
    async remove() {
      execFileSync("umount", [path]);
      await rm(path, { recursive: true });
    },
  };
}
