import { lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeErrorOf } from "../../files/write-error.js";
import { toHex } from "../../encoding/hex.js";
import { checkNarHash } from "../../nix/hash-stream.js";
import { unpackNar } from "../../nix/nar-unpack.js";
import { removeTree } from "../../nix/remove-tree.js";
import { defaultStoreDir, parseStorePath } from "../../nix/store-path.js";
import { locateStore } from "../../nixdb/store-root.js";
import type { ProvidedPath, RebuildOptions } from "./rebuild-path.js";

/** What the folders of throwaway stores begin with; the process that made it follows. */
const PREFIX = "catnix-rebuild-";

/**
 * A Nix store in a folder of its own with a configuration of its own: nothing of the machine's store, nix.conf or home is read,
 * nothing is substituted, and what is built is built in Nix's sandbox, in which there is nothing but its inputs.
 */
export class ThrowawayStore implements Disposable {
  /** What `nix-store --store` is given. */
  readonly root: string;
  readonly storeDir: string;
  /** The whole environment of Nix's programs. */
  readonly env: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #realStoreDir: string;
  /** What `nix-store --load-db` is to read, one text a path. */
  readonly #registrations: string[] = [];

  /**
   * Makes an empty one. Those that a killed process left in the same `scratch` are removed first.
   * @throws CatnixError FILE_UNWRITABLE, DISK_FULL
   */
  constructor(options: Pick<RebuildOptions, "storeDir" | "scratch" | "binFolder" | "settings" | "timeoutMs">) {
    const { storeDir = defaultStoreDir, scratch = tmpdir(), binFolder, settings = [], timeoutMs } = options;
    this.storeDir = storeDir;
    removeStale(scratch);
    this.#folder = makeFolder(scratch);
    try {
      const folder = (name: string) => {
        mkdirSync(join(this.#folder, name), { recursive: true });
        return join(this.#folder, name);
      };
      this.root = folder("root");
      this.#realStoreDir = locateStore({ root: this.root, storeDir }).realStoreDir;
      mkdirSync(this.#realStoreDir, { recursive: true });
      const path = process.env["PATH"] ?? "/usr/bin:/bin";
      this.env = {
        PATH: binFolder === undefined ? path : `${binFolder}:${path}`,
        HOME: folder("home"),
        XDG_CACHE_HOME: folder("cache"),
        XDG_CONFIG_HOME: folder("home"),
        XDG_CONFIG_DIRS: folder("home"),
        TMPDIR: folder("tmp"),
        NIX_CONF_DIR: folder("conf"),
        NIX_REMOTE: "",
        LC_ALL: "C.UTF-8",
        ...(storeDir !== defaultStoreDir && { NIX_STORE_DIR: storeDir }),
      };
      writeFileSync(join(this.#folder, "conf", "nix.conf"), nixConf(timeoutMs, settings));
    } catch (error) {
      this[Symbol.dispose]();
      throw writeErrorOf(scratch, error);
    }
  }

  /** Where the files of a store path are on disk. @throws CatnixError STORE_PATH_INVALID */
  realPath(storePath: string): string {
    return join(this.#realStoreDir, parseStorePath(storePath, this.storeDir).baseName);
  }

  /**
   * Unpacks a path, every byte compared with its NarHash.
   * @throws CatnixError STORE_PATH_INVALID, NAR_…, DISK_FULL; what its NAR throws; the signal's reason
   */
  async unpack({ storePath, narHash, narSize, nar }: ProvidedPath, signal: AbortSignal): Promise<void> {
    await unpackNar(checkNarHash(nar(signal), { narHash, narSize }), this.realPath(storePath), { signal });
  }

  /**
   * Writes a path that is one plain file, which was read and compared with its path before.
   * @throws CatnixError STORE_PATH_INVALID, FILE_UNWRITABLE, DISK_FULL
   */
  addText({ storePath }: ProvidedPath, contents: Uint8Array): void {
    const realPath = this.realPath(storePath);
    try {
      writeFileSync(realPath, contents, { flag: "wx", mode: 0o444 });
      utimesSync(realPath, 1, 1);
    } catch (error) {
      throw writeErrorOf(realPath, error);
    }
  }

  /**
   * {@link registrations} has the path from then on.
   * @param references full store paths
   * @throws CatnixError STORE_PATH_INVALID
   */
  register({ storePath, narHash, narSize }: ProvidedPath, references: readonly string[]): void {
    const paths = [...new Set(references)].map((reference) => parseStorePath(reference, this.storeDir).path);
    const lines = [storePath, toHex(narHash), String(narSize), "", String(paths.length), ...paths];
    this.#registrations.push(`${lines.join("\n")}\n`);
  }

  /** What `nix-store --load-db` makes all that was added valid with. */
  registrations(): string {
    return this.#registrations.join("");
  }

  /** Removes all of it. @throws CatnixError FILE_UNWRITABLE */
  [Symbol.dispose](): void {
    try {
      removeTree(this.#folder);
    } catch (error) {
      throw writeErrorOf(this.#folder, error);
    }
  }
}

/** A new folder that is named after this process. */
function makeFolder(scratch: string): string {
  try {
    mkdirSync(scratch, { recursive: true });
    // Nix takes no store below a symlink, as a temporary folder may be.
    return mkdtempSync(join(realpathSync(scratch), `${PREFIX}${process.pid}-`));
  } catch (error) {
    throw writeErrorOf(scratch, error);
  }
}

function nixConf(timeoutMs: number | undefined, settings: readonly string[]): string {
  const lines = [
    "build-users-group =", // nobody has to be added to the machine
    "max-jobs = 1",
    "keep-build-log = false", // it is kept here
    "keep-failed = false",
    "fsync-metadata = false", // nobody needs it after a power cut
    // Beside our own limit, which a kill -9 takes along.
    ...(timeoutMs === undefined ? [] : [`timeout = ${Math.ceil(timeoutMs / 1000) + 60}`]),
    ...settings,
    // What a rebuild's word stands on, whatever the settings say; what is run here is not trusted.
    "sandbox = true",
    "sandbox-fallback = false",
    "substituters =",
    "trusted-substituters =",
    "builders =",
  ];
  return `${lines.join("\n")}\n`;
}

/** Removes the stores of processes that are gone. */
function removeStale(scratch: string): void {
  let names: string[];
  try {
    names = readdirSync(scratch);
  } catch {
    return; // it is about to be made, or the next step says what is wrong with it
  }
  for (const name of names) {
    const [, pid] = /^catnix-rebuild-([1-9][0-9]{0,9})-/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      const path = join(scratch, name);
      // In a folder that all may write to, somebody else's could change under our hands and lead us elsewhere.
      if (lstatSync(path).uid === process.getuid?.()) removeTree(path);
    } catch {
      // Somebody else's, or somebody else removes it now.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
