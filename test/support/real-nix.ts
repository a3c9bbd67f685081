import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { skipTest } from "./skip-test.js";

type NixProgram = "nix" | "nix-store" | "nix-instantiate" | "nix-hash";

/** Programs of a real Nix, with a store and a configuration of their own. */
export interface RealNix {
  /** What `--store` is given. */
  readonly root: string;
  /** Runs a program of Nix on that store and returns what it prints. */
  run(program: NixProgram, ...args: string[]): Buffer;
  /** The same with `input` on its standard input. */
  feed(input: Buffer, program: NixProgram, ...args: string[]): Buffer;
}

/**
 * Sets up a real Nix in `folder`, or skips the test where none is installed: never under `CI=true`, where a missing Nix
 * fails it.
 */
export function setUpRealNix(context: Mocha.Context, folder: string): RealNix {
  const conf = join(folder, "conf");
  const root = join(folder, "root");
  mkdirSync(conf);
  mkdirSync(root);
  const settings = [
    "build-users-group =",
    "substituters =",
    "filter-syscalls = false",
    "experimental-features = nix-command",
  ];
  writeFileSync(join(conf, "nix.conf"), `${settings.join("\n")}\n`);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, "cache"),
    NIX_CONF_DIR: conf,
    NIX_REMOTE: "",
  };
  const feed: RealNix["feed"] = (input, program, ...args) => {
    // First, so that a later --store wins.
    const store = program === "nix-hash" ? [] : ["--store", root];
    return execFileSync(program, [...store, ...args], { input, env, stdio: "pipe", maxBuffer: 64 * 1024 * 1024 });
  };
  const run: RealNix["run"] = (program, ...args) => feed(Buffer.alloc(0), program, ...args);
  try {
    run("nix-store", "--version");
  } catch (cause) {
    skipTest(context, "no Nix on the PATH (Debian: apt-get install nix-bin busybox-static)", cause);
  }
  return { root, run, feed };
}
