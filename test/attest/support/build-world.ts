import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureNix } from "../../../scripts/lab/ensure-nix.js";
import { NixClient } from "../../../scripts/lab/nix-client.js";
import { provideFromStore } from "../../../src/attest/rebuild/provide-from-store.js";
import type { Provide, PublishedOutput } from "../../../src/attest/rebuild/rebuild-path.js";
import { hashNar } from "../../../src/nix/hash-stream.js";
import { makeTextPath } from "../../../src/nix/text-path.js";
import { type NixStore, openNixStore } from "../../../src/nixdb/nix-store.js";
import { encodeNar } from "../../support/nar-tree.js";
import { splitBytes } from "../../support/split-bytes.js";

const expression = fileURLToPath(new URL("builds.nix", import.meta.url));
const silent = () => undefined;

/** A publisher's real Nix, which builds what `builds.nix` has. */
export class BuildWorld {
  readonly provide: Provide;
  /** The same where it is known to be there. */
  readonly find: (path: string) => Promise<PublishedOutput>;

  private constructor(
    readonly client: NixClient,
    readonly nix: NixStore,
    readonly busybox: string,
  ) {
    this.provide = provideFromStore(nix);
    this.find = async (path) => (await this.provide(path, new AbortController().signal))!;
  }

  /** @param folder must exist */
  static async make(folder: string): Promise<BuildWorld> {
    const { busybox } = await ensureNix(silent);
    const tools = join(folder, "busybox");
    mkdirSync(join(tools, "bin"), { recursive: true });
    copyFileSync(busybox, join(tools, "bin", "busybox"));
    for (const applet of ["mkdir", "chmod", "ln", "mkfifo", "printf", "sleep"])
      symlinkSync("busybox", join(tools, "bin", applet));
    const client = await NixClient.open(join(folder, "publisher"));
    const args = ["--attr", "library", "--argstr", "busybox", tools];
    await client.run("nix-instantiate", [expression, ...args], { check: true }); // makes the database
    return new BuildWorld(client, openNixStore({ root: client.root }), tools);
  }

  /** The derivation of an attribute of `builds.nix`. */
  async instantiate(attribute: string): Promise<string> {
    const args = [expression, "--attr", attribute, "--argstr", "busybox", this.busybox];
    const { stdout } = await this.client.run("nix-instantiate", args, { check: true });
    return stdout.trim();
  }

  /** The same, built: all outputs, as they would be published. */
  async build(attribute: string): Promise<{ derivation: string; published: PublishedOutput[] }> {
    const derivation = await this.instantiate(attribute);
    const { stdout } = await this.client.run("nix-store", ["--realise", derivation], { check: true });
    const published = await Promise.all(stdout.trim().split("\n").map(this.find));
    return { derivation, published };
  }

  /** What could be published of a derivation that cannot be built: its path, and made-up contents. */
  async pretend(attribute: string): Promise<{ derivation: string; published: PublishedOutput[] }> {
    const derivation = await this.instantiate(attribute);
    const { stdout } = await this.client.run("nix-store", ["--query", "--outputs", derivation], { check: true });
    const other = await this.find((await this.build("library")).published[0]!.storePath);
    return { derivation, published: [{ ...other, storePath: stdout.trim() }] };
  }

  /** A derivation with a text that no Nix instantiated, at the path that it has; `like` has its references. */
  async forge(text: string, name: string, like?: PublishedOutput): Promise<PublishedOutput> {
    const bytes = Buffer.from(text);
    const { references = [] } = like ?? {};
    const storePath = makeTextPath(name, bytes, references);
    const nar = encodeNar({ type: "regular", executable: false, contents: bytes });
    const { sha256, size } = await hashNar(splitBytes(nar, 1 << 16));
    return { storePath, narHash: sha256, narSize: size, references, nar: () => splitBytes(nar, 1 << 16) };
  }

  /** A client beside it that has outputs and their closure, and no derivation. */
  async copyOutputs(paths: readonly string[]): Promise<NixClient> {
    const reader = await NixClient.open(join(this.client.folder, "reader"));
    const { code, stderr } = await reader.copyFrom(this.client.root, paths, { checkSigs: false });
    if (code !== 0) throw new Error(stderr);
    return reader;
  }

  async close(): Promise<void> {
    this.nix.close();
    await this.client.remove();
  }
}
