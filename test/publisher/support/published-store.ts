import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import type { RealNix } from "../../support/real-nix.js";

/** A small closure in a real Nix's store: `top` refers to `middle` and `data`, `middle` to `data`; and `tree`, a folder. */
export interface SmallClosure {
  readonly top: string;
  readonly tree: string;
}

/** Adds the closure, signed with a key of its own; `seed` changes the contents of `tree`. */
export function addSmallClosure(nix: RealNix, folder: string, seed = 1): SmallClosure {
  const expression = `
    let data = builtins.toFile "data" "some data\n";
        middle = builtins.toFile "middle" "\${data}\n";
    in builtins.toFile "top" "\${middle}\n\${data}\n"`;
  const evaluated = nix.run("nix-instantiate", "--eval", "--read-write-mode", "--expr", expression).toString();
  const top = JSON.parse(evaluated) as string;
  const source = join(folder, `tree-${seed}`);
  mkdirSync(join(source, "bin"), { recursive: true });
  writeFileSync(join(source, "bin", "run"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(source, "data"), pseudoRandomBytes(700_000, seed));
  writeFileSync(join(source, "text"), "the same line again\n".repeat(20_000));
  symlinkSync("bin/run", join(source, "run"));
  const tree = nix.run("nix-store", "--add", source).toString().trim();
  const [secret, shown] = [join(folder, `key-${seed}.sec`), join(folder, `key-${seed}.pub`)];
  nix.run("nix-store", "--generate-binary-cache-key", `builder-${seed}`, secret, shown);
  nix.run("nix", "store", "sign", "--key-file", secret, top, tree);
  return { top, tree };
}
