import { expect } from "chai";
import { execFileSync, execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Program, startProgram, TSX } from "../../support/start-program.js";
import { makeTempFolder } from "../../support/temp-folder.js";
import { makeStore, startFaultWorld, type FaultWorld } from "./fault-world.js";
import { fetchThrough, readThrough } from "./what-is-seen.js";

const run = promisify(execFile);
const PROXY = new URL("../../support/reverse-proxy.ts", import.meta.url).pathname;
const READER = new URL("./read-through.ts", import.meta.url).pathname;

/** What stands between a node and its clients, each a process of its own. */
describe("Swarm client: what is in between", function () {
  this.timeout(60_000);
  let world: FaultWorld;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let certificate: string;
  const programs: Program[] = [];

  before(async () => {
    world = await startFaultWorld();
    folder = await makeTempFolder();
    const key = join(folder.path, "key.pem");
    certificate = join(folder.path, "certificate.pem");
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
        ...["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
      ],
      { stdio: "pipe" },
    );
  });
  after(async () => {
    for (const program of programs) await program.kill();
    await world.close();
    await folder.remove();
  });

  async function startProxy(mode: "stream" | "buffer", ...tls: string[]): Promise<string> {
    const program = startProgram(PROXY, [world.nodes[0], mode, ...tls]);
    programs.push(program);
    return (await program.nextLine())!;
  }

  for (const [name, mode] of [
    ["a reverse proxy in between", "stream"],
    ["a reverse proxy that buffers, and knows neither lengths nor ranges", "buffer"],
  ] as const)
    for (const [how, others] of [
      ["one endpoint", () => []],
      ["two endpoints", () => [world.nodes[1]]],
    ] as const)
      it(`${name}: ${how}`, async () => {
        const urls = [await startProxy(mode), ...others()];
        expect(await readThrough(makeStore(urls))).to.equal("whole");
        expect(await fetchThrough(makeStore(urls))).to.equal("whole");
      });

  /** What a client in a process of its own sees, and Nix at a relay there. */
  async function readElsewhere(urls: string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
    const args = ["--import", TSX, READER, ...urls];
    const { stdout } = await run(process.execPath, args, { env: { ...process.env, ...env } });
    return stdout.trim().split("\n");
  }
  const startTls = () => startProxy("stream", join(folder.path, "key.pem"), certificate);

  it("TLS in between, of an authority that NODE_EXTRA_CA_CERTS names: one endpoint", async () => {
    const env = { NODE_EXTRA_CA_CERTS: certificate };
    expect(await readElsewhere([await startTls()], env)).to.deep.equal(["whole", "whole"]);
  });

  it("TLS in between, of an authority that NODE_EXTRA_CA_CERTS names: two endpoints", async () => {
    const env = { NODE_EXTRA_CA_CERTS: certificate };
    expect(await readElsewhere([await startTls(), world.nodes[1]], env)).to.deep.equal(["whole", "whole"]);
  });

  it("TLS in between, of an unknown authority: one endpoint", async () => {
    expect(await readElsewhere([await startTls()])).to.deep.equal(["SWARM_UNREACHABLE", "404"]);
  });

  it("TLS in between, of an unknown authority: two endpoints", async () => {
    expect(await readElsewhere([await startTls(), world.nodes[1]])).to.deep.equal(["whole", "whole"]);
  });
});
