/**
 * The main job from end to end, on real input: `npm run demo`. Nix builds software, catnix publishes it, a member builds it
 * again, a quorum approves it, and an unmodified Nix with an empty store gets it from the relay. Then the attacks.
 *
 * --keep: leaves the folder with all stores, keys and databases.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { formatBytes } from "../src/cli/format.js";
import { parseAttestation } from "../src/members/attestation.js";
import { parseStorePath } from "../src/nix/store-path.js";
import { Registry } from "../src/registry/registry.js";
import { Summary } from "./demo/show.js";
import { askCatnix, runCatnix, type RunningDev, startDev } from "./lab/catnix.js";
import { damageNar } from "./lab/damage-nar.js";
import { buildClosure, buildUnapproved, type Closure, runProgram } from "./lab/debian-closure.js";
import { ensureNix } from "./lab/ensure-nix.js";
import { isLabError } from "./lab/lab-error.js";
import { NixClient } from "./lab/nix-client.js";

interface Published {
  readonly file: string;
  readonly uploaded: { readonly paths: number };
  readonly derivations: { readonly added: number; readonly missing: readonly object[] };
  readonly paths: readonly { storePath: string; swarmId: string; narAddress: string }[];
}

const { values: options } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
const folder = await mkdtemp(join(tmpdir(), "catnix-demo-"));
const summary = new Summary();
const clients: NixClient[] = [];
let dev: RunningDev | undefined;

async function openClient(name: string): Promise<NixClient> {
  const client = await NixClient.open(join(folder, name));
  clients.push(client);
  return client;
}

async function build(): Promise<{ builder: NixClient; closure: Closure; unapproved: string }> {
  const log = (line: string) => summary.note(line);
  summary.step("A Nix client, and real software that it builds in a store of its own");
  await ensureNix(log);
  const builder = await openClient("builder");
  const workDir = join(folder, "work");
  const closure = await buildClosure({ client: builder, workDir, package: "jq", log });
  const { path: unapproved } = await buildUnapproved({ client: builder, workDir, log });
  summary.note(closure.paths.join("\n"));
  summary.note(`${closure.paths.length} store paths, ${formatBytes(closure.narBytes)} of NAR`);
  return { builder, closure, unapproved };
}

/** Runs a command, shows it and what it prints. */
async function show(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  summary.command(["catnix", ...args].join(" ").replaceAll(folder, "…"));
  const result = await runCatnix(args);
  summary.note((result.stdout + (result.code === 0 ? "" : result.stderr)).replaceAll(folder, "…"));
  return result;
}

async function publish(network: RunningDev["network"], builder: NixClient, closure: Closure): Promise<Published> {
  summary.step("The publisher uploads the closure with its derivations and drafts a batch");
  const file = join(folder, "batch.json");
  const where = ["--config", network.config, "publish", closure.root, "--store", builder.root];
  const args = [...where, "--with-derivations", "--out", file];
  const first = await show(args);
  summary.expect("publish", first.code === 0, "the closure is on Swarm, the batch is drafted");
  const again = await askCatnix<Published>(args);
  const { missing } = again.derivations;
  summary.expect("derivations", missing.length === 0, `${again.derivations.added} paths more: how it is all built`);
  summary.expect("publish again", again.uploaded.paths === 0, `uploads ${again.uploaded.paths} paths`);

  const attestation = await attest(network, builder, closure, file);

  summary.step("Two members check every byte and sign, one of them by what it rebuilt; anyone submits");
  for (const [member, more] of [
    ["member-1", ["--attestation", attestation]],
    ["member-2", []],
  ] as const) {
    const signed = await show([...signArgs(network, file, member), ...more]);
    summary.expect(`${member} signs`, signed.code === 0, network.addresses[member]);
  }
  const submitted = await askCatnix<{ gas: number; seq: number }>(submitArgs(network, file));
  summary.expect("submit", submitted.seq === 1, `batch ${submitted.seq} approved with ${submitted.gas} gas`);
  await show(["--config", network.config, "registry", "show"]);
  await waitForRelay(network.relay, submitted.seq);
  return again;
}

/** @returns the attestation's file */
async function attest(network: Network, builder: NixClient, closure: Closure, batch: string): Promise<string> {
  summary.step("One member builds all of it again, from nothing but what is on Swarm");
  const out = join(folder, "attestation");
  const who = ["--member", network.addresses["member-1"], "--jobs", "2", "--out", out];
  const done = await show(["--config", network.signerConfig, "attest", batch, ...who]);
  summary.expect("attest", done.code === 0, "nothing differs, nothing failed");
  const file = join(out, "attestation.json");
  const { rows } = parseAttestation(await readFile(file), file);
  const rebuilt = new Map(
    rows.flatMap(({ nixId, name, result, narHash }) => (result === "rebuilt" ? [[`${nixId}-${name}`, narHash]] : [])),
  );
  const built = await builder.narHashes(closure.paths);
  const same = closure.paths.filter((path) => rebuilt.get(parseStorePath(path).baseName) === built.get(path)).length;
  summary.expect("rebuilt to the same NarHash", same === closure.paths.length, `${same} of ${closure.paths.length}`);
  return file;
}

type Network = RunningDev["network"];

function signArgs(network: Network, file: string, member: keyof Network["keys"]): string[] {
  const key = ["--key", network.keys[member], "--password-file", network.passwordFile];
  return ["--config", network.signerConfig, "batch", "sign", file, ...key, "--yes"];
}

function submitArgs(network: Network, file: string): string[] {
  const key = ["--key", network.keys.publisher, "--password-file", network.passwordFile];
  return ["--config", network.config, "batch", "submit", file, ...key];
}

async function waitForRelay(relay: string, seq: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const ready = (await (await fetch(`${relay}/ready`)).json()) as { ready: boolean; seq?: number };
    if (ready.ready && (ready.seq ?? 0) >= seq) return;
    await sleep(100);
  }
  throw new Error(`the relay did not get to batch ${seq}`);
}

/** What `catnix resolve --json` prints, as far as this looks. */
interface Resolved {
  readonly swarmId: string;
  readonly proof: { row: { nixId: string; swarmId: string }; seq: number; slot: number; siblings: string[] };
}

async function prove({ rpcUrl, chainId, registry: address, signerConfig }: RunningDev["network"], closure: Closure) {
  summary.step("Anyone asks the registry, without Nix and without a relay");
  summary.command(`catnix resolve ${closure.program}`);
  const resolved = await askCatnix<Resolved>(["--config", signerConfig, "resolve", closure.program]);
  const { row, seq, slot, siblings } = resolved.proof;
  const registry = await Registry.open(rpcUrl, { chainId, registry: address });
  try {
    const holds = await registry.contract.isApproved(row, seq, slot, siblings);
    const other = { ...row, swarmId: row.swarmId.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")) };
    const altered = await registry.contract.isApproved(other, seq, slot, siblings);
    summary.expect(
      "the contract, asked with a proof",
      holds && !altered,
      `the mapping ${String(holds)}, an altered one ${String(altered)}`,
    );
  } finally {
    registry.close();
  }
  const out = join(folder, "fetched");
  const fetched = await show(["--config", signerConfig, "fetch", closure.root, "--closure", "--out", out]);
  summary.expect("catnix fetch", fetched.code === 0, `${closure.paths.length} paths, every byte checked`);
}

async function substitute(network: RunningDev["network"], builder: NixClient, closure: Closure): Promise<void> {
  summary.step("An unmodified Nix with an empty store, and the relay as its only substituter");
  const user = await openClient("user");
  const from = { substituters: [network.relay], trustedKeys: [network.publicKey] };
  summary.command(`nix-store --realise ${closure.root}`);
  const realised = await user.realise([closure.root], from);
  summary.expect(
    "nix-store --realise",
    realised.code === 0,
    realised.code === 0 ? `${closure.paths.length} paths` : realised.stderr,
  );
  const { stdout, code } = await runProgram(user.root, closure.root, "bin/catnix-report");
  summary.expect("the program runs", code === 0 && stdout.trim() !== "", stdout.trim());
  const [built, got] = [await builder.narHashes(closure.paths), await user.narHashes(closure.paths)];
  const same = closure.paths.filter(
    (path) => built.get(path) !== undefined && built.get(path) === got.get(path),
  ).length;
  summary.expect("NarHashes equal the builder's", same === closure.paths.length, `${same} of ${closure.paths.length}`);
}

async function attack(
  network: RunningDev["network"],
  builder: NixClient,
  closure: Closure,
  published: Published,
  unapproved: string,
): Promise<void> {
  const from = { substituters: [network.relay], trustedKeys: [network.publicKey] };
  const status = async (path: string) => (await fetch(`${network.relay}/${path}`)).status;
  const narInfo = (storePath: string) => `${parseStorePath(storePath).hashPart}.narinfo`;
  const program = published.paths.find(({ storePath }) => storePath === closure.program)!;
  const password = ["--password-file", network.passwordFile];

  summary.step("Attack: one bit of a stored chunk flips on both nodes");
  const repair = damageNar(
    [join(network.dir, "swarm-publisher.sqlite"), join(network.dir, "swarm-signers.sqlite")],
    program.narAddress,
  );
  const victim = await openClient("victim");
  const realised = await victim.realise([closure.program], from);
  const isValid = await victim.isValid(closure.program);
  summary.expect(
    "nothing wrong is registered",
    realised.code !== 0 && !isValid,
    `Nix fails with ${realised.code}, ${closure.program} is ${isValid ? "" : "not "}valid`,
  );
  repair();
  const repaired = await victim.realise([closure.program], from);
  summary.expect("with the chunk repaired it goes on", repaired.code === 0, `Nix ends with ${repaired.code}`);

  summary.step("Attack: a path that is on Swarm, but that no quorum approved");
  const file = join(folder, "unapproved.json");
  await show(["--config", network.config, "publish", unapproved, "--store", builder.root, "--out", file]);
  const answer = await status(narInfo(unapproved));
  const refused = await victim.realise([unapproved], from);
  summary.expect(
    "an unapproved path",
    answer === 404 && refused.code !== 0,
    `narinfo ${answer}, Nix fails with ${refused.code}`,
  );

  summary.step("Attack: a batch with one signature of the two it needs");
  await show([...signArgs(network, file, "member-3"), "--quiet"]);
  const submitted = await show(submitArgs(network, file));
  const reverted = submitted.stderr.includes("CatRegistryBelowThreshold");
  summary.expect(
    "below the threshold",
    submitted.code !== 0 && reverted,
    reverted ? "the contract reverts: CatRegistryBelowThreshold" : submitted.stderr,
  );

  summary.step("Alarm: the guardian withdraws a build");
  await show([
    "--config",
    network.config,
    "registry",
    "withdraw",
    "--path",
    closure.program,
    "--reason",
    "demo",
    "--key",
    network.keys.guardian,
    "--yes",
    ...password,
  ]);
  const nar = `nar/${program.narAddress}.nar.zst`;
  for (let tries = 0; tries < 100 && (await status(narInfo(closure.program))) !== 404; tries++) await sleep(100);
  const [info, bytes] = [await status(narInfo(closure.program)), await status(nar)];
  summary.expect("a withdrawn build", info === 404 && bytes === 404, `narinfo ${info}, NAR ${bytes}`);
}

async function run(): Promise<void> {
  const { builder, closure, unapproved } = await build();
  summary.step("A chain, two Swarm nodes, a registry of three members, an indexer and a relay");
  summary.command("catnix dev");
  dev = await startDev(join(folder, "network"));
  const { network } = dev;
  summary.note(`registry ${network.registry}, relay ${network.relay}`);
  const published = await publish(network, builder, closure);
  await prove(network, closure);
  await substitute(network, builder, closure);
  await attack(network, builder, closure, published, unapproved);
  const code = await dev.stop();
  summary.expect("catnix dev stops", code === 0, `exit code ${String(code)}`);
  process.exitCode = summary.print() ? 0 : 1;
  console.log(`
To use such a relay, put these lines into nix.conf:

  extra-substituters = ${network.relay}
  extra-trusted-public-keys = ${network.publicKey}

\`npx catnix dev\` starts the same services and leaves them running.`);
}

async function cleanUp(): Promise<void> {
  await dev?.stop();
  if (options.keep) {
    console.log(`\nEverything is kept in ${folder}`);
    return;
  }
  for (const client of clients) await client.remove();
  await rm(folder, { recursive: true, force: true });
}

process.once("SIGINT", () => {
  void cleanUp().finally(() => process.exit(130));
});
try {
  await run();
} catch (error) {
  if (!isLabError(error)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
