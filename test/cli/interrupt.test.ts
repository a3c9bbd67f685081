import { expect } from "chai";
import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { runCommand } from "../../scripts/lab/run-command.js";
import { Journal } from "../../src/publisher/journal.js";
import { makeRecord } from "../support/fill-index.js";
import { makeNixDatabase, vectorPaths } from "../support/nix-database.js";
import { publishBatch } from "../support/publish-batch.js";
import { CliWorld } from "./support/cli-world.js";
import { cliCommand } from "./support/run-cli.js";

const [INTERRUPTED, TERMINATED] = [130, 143]; // as a shell has it

/** Ctrl-C and SIGTERM end a command that waits for somebody who never answers. */
describe("commands that are interrupted", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let silent: Server;
  before(async () => {
    world = await CliWorld.start();
    silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
  });
  after(async () => {
    silent.close();
    await world.close();
  });

  /** Ends a command by SIGTERM as soon as `waits` has happened; gives its exit status. */
  async function terminate(
    args: string[],
    waits: () => Promise<unknown>,
    env: Record<string, string> = {},
  ): Promise<number> {
    const stop = new AbortController();
    const [program, words] = cliCommand(args);
    const ended = runCommand(program, words, {
      cwd: world.folder,
      signal: stop.signal,
      env: { ...process.env, ...env },
    });
    await Promise.race([waits(), ended]);
    stop.abort();
    return (await ended).code;
  }

  it("registry show, where the RPC is silent", async () => {
    const rpcUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const config = await world.writeConfig("silent.json", { rpcUrl });
    const code = await terminate(["registry", "show", "--config", config], () => once(silent, "connection"));
    expect(code).to.equal(TERMINATED);
  });

  it("batch sign, where Swarm is silent: the file is as it was", async () => {
    const file = await world.draft("a");
    const before = await readFile(file);
    const { swarmProxy } = world.registry;
    const asked = new Promise<void>((resolve) => {
      swarmProxy.rule = ({ url }) => {
        if (!url!.startsWith("/bytes/")) return undefined;
        resolve();
        return { kind: "hang" };
      };
    });
    const args = ["batch", "sign", file, "--yes", ...world.keyOf("alice")];
    expect(await terminate(args, () => asked)).to.equal(INTERRUPTED);
    expect((await readFile(file)).equals(before)).to.equal(true);
  });

  it("publish --dry-run, where Swarm is silent: no copy of a database stays", async () => {
    makeNixDatabase(world.folder).database.close();
    new Journal(world.file(".catnix/publisher.sqlite")).close();
    await publishBatch(world.registry, makeRecord("other", Buffer.from("other")));
    const { swarmProxy } = world.registry;
    const asked = new Promise<void>((resolve) => {
      swarmProxy.rule = () => {
        resolve();
        return { kind: "hang" };
      };
    });
    await mkdir(world.file("tmp"));
    const path = vectorPaths.alone; // only in the database: an exception, so that nobody looks into it
    const args = ["publish", path, "--allow", path, "--store", world.folder, "--dry-run"];
    expect(await terminate(args, () => asked, { TMPDIR: world.file("tmp") })).to.equal(INTERRUPTED);
    const left = (await readdir(world.file("tmp"))).filter((name) => name.startsWith("catnix-"));
    expect(left).to.deep.equal([]);
  });
});
