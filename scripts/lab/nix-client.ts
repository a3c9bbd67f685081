import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LabError } from "./lab-error.js";
import { parsePathInfo, type PathInfo } from "./path-info.js";
import { runCommand, type CommandResult, type RunOptions } from "./run-command.js";

export type NixProgram = "nix" | "nix-store" | "nix-instantiate" | "nix-build" | "nix-env";

/** From where, and with whose signatures, a command may take store paths. */
export interface Substitution {
  /** URLs of binary caches, first choice first. */
  readonly substituters?: readonly string[];
  /** `name:base64`, as `NixClient.generateKey` gives them. */
  readonly trustedKeys?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface NixClientOptions {
  /** Put before the PATH, to use another Nix than the machine's. */
  readonly binFolder?: string;
  /** Further lines of nix.conf; later lines win. */
  readonly config?: readonly string[];
}

/**
 * A real Nix with a store, a configuration, a home and a cache of its own, all in one folder; the machine's `/nix`,
 * `/etc/nix` and `~/.config` are neither read nor written.
 *
 * It builds in Nix's sandbox, which a store in a folder always needs (builders see it as `/nix/store`); no host tool is
 * in it. So building needs user namespaces: Debian gives them to everybody, while a chroot and some containers have
 * none, and then only substituting works. Root and an ordinary user get the same store paths, NarHashes and references
 * (seen); the files belong to whoever runs it, and an ordinary user needs `remove` to delete the read-only store.
 */
export class NixClient {
  /** The root of the store, as in `--store ROOT`: store paths lie at `ROOT/nix/store/…`. */
  readonly root: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(
    /** The client's folder. */
    readonly folder: string,
    binFolder: string | undefined,
  ) {
    this.root = join(folder, "root");
    const path = process.env["PATH"] ?? "/usr/bin:/bin";
    this.#env = {
      PATH: binFolder === undefined ? path : `${binFolder}:${path}`,
      HOME: join(folder, "home"),
      XDG_CACHE_HOME: join(folder, "cache"),
      NIX_CONF_DIR: join(folder, "conf"),
      NIX_REMOTE: "",
      LC_ALL: "C.UTF-8",
    };
  }

  /** Opens the client of `folder`, making what is missing; the store in it stays as it was. */
  static async open(folder: string, { binFolder, config = [] }: NixClientOptions = {}): Promise<NixClient> {
    const client = new NixClient(resolve(folder), binFolder);
    await Promise.all(
      ["home", "cache", "conf", "root"].map((name) => mkdir(join(client.folder, name), { recursive: true })),
    );
    await writeFile(join(client.folder, "conf", "nix.conf"), `${[...nixConf(client.root), ...config].join("\n")}\n`);
    return client;
  }

  /** For programs that start Nix themselves: with it they work on this client's store. */
  get environment(): Readonly<Record<string, string>> {
    return { ...this.#env, NIX_REMOTE: this.root };
  }

  /**
   * Runs one of Nix's programs on this client's store.
   * @throws LabError COMMAND_FAILED with `check`, where the status is not 0; nothing otherwise
   */
  run(program: NixProgram, args: readonly string[], options: Omit<RunOptions, "env"> = {}): Promise<CommandResult> {
    return runCommand(program, args, { ...options, env: this.#env });
  }

  /** `nix-store --realise`: substitutes paths, or builds them where a `.drv` is given. Does not throw: see `code`. */
  realise(paths: readonly string[], from: Substitution = {}): Promise<CommandResult> {
    return this.run("nix-store", ["--realise", ...paths, ...substitutionArgs(from)], signalOf(from));
  }

  /** Builds a derivation again and compares: `code` is not 0 where the outputs differ. */
  checkReproducible(derivation: string): Promise<CommandResult> {
    return this.run("nix-store", ["--realise", "--check", derivation]);
  }

  /**
   * Evaluates an attribute of a Nix file and builds it, with nothing substituted.
   * @param args string arguments of the file's function
   * @throws LabError COMMAND_FAILED
   */
  async build(
    file: string,
    attribute: string,
    args: Readonly<Record<string, string>> = {},
    options: { signal?: AbortSignal } = {},
  ): Promise<{ drv: string; out: string }> {
    const named = Object.entries(args).flatMap(([name, value]) => ["--argstr", name, value]);
    const checked = { ...options, check: true };
    const evaluated = await this.run("nix-instantiate", [file, "--attr", attribute, ...named], checked);
    const drv = oneStorePath(evaluated.stdout);
    const built = await this.run("nix-store", ["--realise", drv], checked);
    return { drv, out: oneStorePath(built.stdout) };
  }

  /**
   * `nix path-info --json`, of this store or of the binary cache at `store`; paths that it does not have are left out.
   * @throws LabError COMMAND_FAILED, OUTPUT_UNEXPECTED
   */
  async pathInfo(paths: readonly string[], store?: string): Promise<PathInfo[]> {
    const from = store === undefined ? [] : ["--store", store];
    const { stdout } = await this.run("nix", ["path-info", "--json", ...from, ...paths], { check: true });
    return parsePathInfo(stdout);
  }

  /**
   * The closure of `path` in this store, itself included, references before referrers.
   * @throws LabError COMMAND_FAILED
   */
  async closure(path: string): Promise<string[]> {
    const { stdout } = await this.run("nix-store", ["--query", "--requisites", path], { check: true });
    return stdout.trim().split("\n");
  }

  /**
   * NarHash by path, `sha256:` and 52 characters of nix-base32, as this store's database has them.
   * @throws LabError COMMAND_FAILED where a path is not valid
   */
  async narHashes(paths: readonly string[]): Promise<Map<string, string>> {
    const { stdout } = await this.run("nix-store", ["--query", "--hash", ...paths], { check: true });
    const hashes = stdout.trim().split("\n");
    if (hashes.length !== paths.length)
      throw new LabError("OUTPUT_UNEXPECTED", "nix-store --query --hash: wrong count");
    return new Map(paths.map((path, at) => [path, hashes[at]!]));
  }

  /** Whether the path is registered in this store. */
  async isValid(path: string): Promise<boolean> {
    return (await this.run("nix-store", ["--check-validity", path])).code === 0;
  }

  /**
   * `nix copy --from`: the closures of `paths`, from a binary cache or from another client's `root`. Does not throw.
   * @param options.derivation copy the `.drv` with its sources, not its outputs
   * @param options.checkSigs false: take them unsigned
   */
  copyFrom(
    url: string,
    paths: readonly string[],
    options: Substitution & { derivation?: boolean; checkSigs?: boolean } = {},
  ): Promise<CommandResult> {
    const flags = [
      options.derivation === true ? "--derivation" : "",
      options.checkSigs === false ? "--no-check-sigs" : "",
    ];
    const args = ["copy", "--from", url, ...flags.filter(Boolean), ...substitutionArgs(options), ...paths];
    return this.run("nix", args, signalOf(options));
  }

  /** Hashes every path of this store again: `code` is not 0 where the files are not what the database says. */
  verify(): Promise<CommandResult> {
    return this.run("nix-store", ["--verify", "--check-contents"]);
  }

  /** Forgets what binary caches answered: hits are kept for 30 days otherwise, misses for one hour. */
  async clearCache(): Promise<void> {
    const folder = join(this.folder, "cache", "nix");
    const names = await readdir(folder).catch(() => []);
    const stale = names.filter((name) => name.startsWith("binary-cache-"));
    await Promise.all(stale.map((name) => rm(join(folder, name), { force: true })));
  }

  /**
   * A new ed25519 key pair for signing store paths.
   * @param name of the key, as in `name:base64`
   * @throws LabError COMMAND_FAILED
   */
  async generateKey(name: string): Promise<{ secretFile: string; publicKey: string }> {
    const folder = join(this.folder, "keys");
    await mkdir(folder, { recursive: true });
    const [secretFile, publicFile] = [join(folder, `${name}.sec`), join(folder, `${name}.pub`)];
    await this.run("nix-store", ["--generate-binary-cache-key", name, secretFile, publicFile], { check: true });
    return { secretFile, publicKey: (await readFile(publicFile, "utf8")).trim() };
  }

  /** Deletes the client's folder with its store, whose folders are read-only. */
  async remove(): Promise<void> {
    await runCommand("chmod", ["-R", "u+w", this.folder]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function nixConf(root: string): string[] {
  return [
    `store = ${root}`,
    "build-users-group =", // nobody has to be added to the machine
    "sandbox = true",
    "sandbox-fallback = false",
    "sandbox-paths =", // not even /bin/sh: what builds here builds anywhere
    "filter-syscalls = false", // containers may forbid the seccomp filter
    "substituters =",
    "trusted-public-keys =",
    "require-sigs = true",
    "experimental-features = nix-command",
    "connect-timeout = 2",
    "download-attempts = 2",
    "max-jobs = auto",
  ];
}

function substitutionArgs({ substituters, trustedKeys }: Substitution): string[] {
  return [
    ...(substituters ? ["--option", "substituters", substituters.join(" ")] : []),
    ...(trustedKeys ? ["--option", "trusted-public-keys", trustedKeys.join(" ")] : []),
  ];
}

/** Only the signal, and only where there is one (exact optional types). */
function signalOf({ signal }: Substitution): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function oneStorePath(stdout: string): string {
  const line = stdout.trim();
  if (!/^\/nix\/store\/[0-9a-z]{32}-[^/\s]+$/.test(line)) {
    throw new LabError("OUTPUT_UNEXPECTED", `Nix printed no single store path: ${line.slice(0, 200)}`);
  }
  return line;
}
