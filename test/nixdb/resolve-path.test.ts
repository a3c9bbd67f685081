import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import { resolveStorePath } from "../../src/nixdb/resolve-path.js";
import { locateStore } from "../../src/nixdb/store-root.js";
import { codeOf } from "../support/code-of.js";
import { vectorPaths } from "../support/nix-database.js";
import { makeTempFolder } from "../support/temp-folder.js";

const { alone, greeting } = vectorPaths;

describe("resolveStorePath", () => {
  let folder: string;
  const resolve = (path: string) => resolveStorePath(path, locateStore({ root: join(folder, "root") }));
  beforeEach(async () => {
    folder = (await makeTempFolder()).path;
    mkdirSync(join(folder, "root/nix/store"), { recursive: true });
    mkdirSync(join(folder, "root", alone));
    symlinkSync(greeting, join(folder, "root", alone, "link"));
    symlinkSync(alone, join(folder, "result"));
    symlinkSync("result", join(folder, "profile"));
    symlinkSync(join(folder, "root", alone, "bin"), join(folder, "physical"));
    symlinkSync("root", join(folder, "root-link"));
    symlinkSync("loop", join(folder, "loop"));
    writeFileSync(join(folder, "file"), "");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const accepted: Record<string, string> = {
    "a store path": alone,
    "a store path with a slash at its end": `${alone}/`,
    "a path below a store path": `${alone}/bin/hello`,
    "a path with . and ..": `/nix/./store/x/../${alone.slice(11)}`,
    "./result": "result",
    "a symlink to a symlink": "profile",
    "a path below ./result": "profile/bin/hello",
    "a path below the root given": `root${alone}/bin`,
    "a symlink to below the root given": "physical",
    "the root given, by another name": `root-link${alone}`,
    "a symlink in a store path, not followed": `root${alone}/link`,
  };
  for (const [name, path] of Object.entries(accepted)) {
    it(`takes ${name}`, () => {
      const absolute = path.startsWith("/") ? path : join(folder, path);
      expect(resolve(absolute)).to.equal(alone);
      expect(resolve(relative(process.cwd(), absolute))).to.equal(alone);
    });
  }

  const refused: Record<string, [code: string, path: string]> = {
    "a file elsewhere": ["STORE_PATH_NOT_FOUND", "file"],
    "what is not there": ["STORE_PATH_NOT_FOUND", "absent/x"],
    "a loop of symlinks": ["STORE_PATH_NOT_FOUND", "loop"],
    "something below a file": ["FILE_UNREADABLE", "file/x"],
    "the store folder": ["STORE_PATH_NOT_FOUND", "root/nix/store"],
    "something in the store folder that is no store path": ["STORE_PATH_INVALID", "root/nix/store/.links/x"],
  };
  for (const [name, [code, path]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      expect(await codeOf(() => resolve(join(folder, path)))).to.equal(code);
    });
  }
});
