import { expect } from "chai";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { createInterface } from "node:readline";
import { runCommand } from "../../scripts/lab/run-command.js";
import { startDevNetwork } from "../../src/cli/dev/dev-network.js";
import { silentLogger } from "../../src/log/logger.js";
import { Journal } from "../../src/publisher/journal.js";
import { listProcessesOf } from "../e2e/support/left-behind.js";
import { makeRecord, makeStorePath } from "../support/fill-index.js";
import { makeNixDatabase, vectorPaths } from "../support/nix-database.js";
import { publishBatch } from "../support/publish-batch.js";
import { CliWorld } from "./support/cli-world.js";
import { cliCommand } from "./support/run-cli.js";

const TERMINATED = 143; // as a shell has it

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

  for (const name of ["registry show", "serve", "doctor"])
    it(`${name}, where the RPC is silent`, async () => {
      const rpcUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const config = await world.writeConfig("silent.json", { rpcUrl }, { relay: { port: 0 } });
      const args = [...name.split(" "), "--config", config];
      expect(await terminate(args, () => once(silent, "connection"))).to.equal(TERMINATED);
    });

  for (const command of ["resolve", "fetch"])
    it(`${command} --light, where an endpoint answers no more but the first question`, async () => {
      const { rpcProxy, rpcUrl } = world.registry;
      const asked = new Promise<void>((resolve) => {
        rpcProxy.rule = ({ method }, result) => {
          if (method === "eth_chainId") return result;
          resolve();
          return new Promise(() => undefined);
        };
      });
      const out = command === "fetch" ? ["--out", world.file("never")] : [];
      const args = [command, makeStorePath("none"), ...out, "--rpc", rpcProxy.url, "--rpc", rpcUrl];
      expect(await terminate(args, () => asked)).to.equal(TERMINATED);
      rpcProxy.rule = (_call, result) => result;
    });

  it("batch sign, where the wallet is silent", async () => {
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const account = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    const args = ["batch", "sign", await world.draft("unsigned"), "--yes", "--wallet", url, "--account", account];
    expect(await terminate(args, () => once(silent, "connection"))).to.equal(TERMINATED);
  });

  it("serve, where the RPC answers no more but the first question", async () => {
    const { rpcProxy } = world.registry;
    const asked = new Promise<void>((resolve) => {
      rpcProxy.rule = ({ method }, result) => {
        if (method === "eth_chainId") return result;
        resolve();
        return new Promise(() => undefined);
      };
    });
    const config = await world.writeConfig("stuck.json", { rpcUrl: rpcProxy.url }, { relay: { port: 0 } });
    expect(await terminate(["serve", "--config", config], () => asked)).to.equal(TERMINATED);
    rpcProxy.rule = (_call, result) => result;
  });

  it("serve ends in order by the first Ctrl-C, and at once by the second", async () => {
    const config = await world.writeConfig("served.json", {}, { relay: { port: 0 } });
    const [program, args] = cliCommand(["serve", "--json", "--config", config]);
    const child = spawn(program, args, { cwd: world.folder, stdio: ["ignore", "pipe", "ignore"] });
    const ended = once(child, "exit");
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const { hostname, port } = new URL((JSON.parse(line) as { url: string }).url);
    // A request without an end: the relay gives it ten seconds.
    const client = connect(Number(port), hostname).on("error", () => undefined);
    await once(client, "connect");
    client.write("GET /health HTTP/1.1\r\n");
    child.kill("SIGINT");
    while (await isListening(Number(port), hostname));
    child.kill("SIGINT");
    expect(await ended).to.deep.equal([null, "SIGINT"]);
    client.destroy();
  });

  it("dev, whose parts are closed again", async () => {
    const reason = new DOMException("SIGTERM", "AbortError");
    const dir = world.file("network");
    const start = startDevNetwork({ dir, relayPort: 0 }, silentLogger, AbortSignal.abort(reason));
    expect(await start.catch((error: unknown) => error)).to.equal(reason);
    expect(await listProcessesOf(dir)).to.deep.equal([]);
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
    expect(await terminate(args, () => asked)).to.equal(TERMINATED);
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
    expect(await terminate(args, () => asked, { TMPDIR: world.file("tmp") })).to.equal(TERMINATED);
    const left = (await readdir(world.file("tmp"))).filter((name) => name.startsWith("catnix-"));
    expect(left).to.deep.equal([]);
  });
});

async function isListening(port: number, host: string): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
