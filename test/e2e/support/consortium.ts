import { setTimeout as sleep } from "node:timers/promises";
import { askCatnix, runCatnix } from "../../../scripts/lab/catnix.js";
import type { CommandResult } from "../../../scripts/lab/run-command.js";
import type { DevNetwork } from "../../../src/cli/dev/dev-network.js";
import type { Role } from "../../../src/cli/dev/dev-files.js";

/** What `catnix publish --json` prints, as far as the tests look. */
export interface Published {
  /** The draft; undefined where there is nothing to sign. */
  readonly file?: string;
  readonly uploaded: { readonly paths: number; readonly bytes: number };
  readonly reused: number;
  readonly alreadyListed: number;
  readonly paths: readonly { readonly storePath: string; readonly swarmId: string; readonly narAddress: string }[];
}

/** What a command needs to know of where it works: `catnix dev` prints it. */
export type Where = Pick<DevNetwork, "config" | "signerConfig" | "keys" | "passwordFile" | "relay">;

/** Arguments with the key of one of the network. */
export function keyOf({ keys, passwordFile }: Where, role: Role): string[] {
  return ["--key", keys[role], "--password-file", passwordFile];
}

/** `catnix publish` of a path in a client's store. */
export function publish(where: Where, storeRoot: string, path: string, file: string): Promise<Published> {
  return askCatnix<Published>(["--config", where.config, "publish", path, "--store", storeRoot, "--out", file]);
}

/** `catnix batch sign`, as a member does it: by another node than the publisher's. */
export function sign(where: Where, file: string, member: Role): Promise<CommandResult> {
  return runCatnix(["--config", where.signerConfig, "batch", "sign", file, ...keyOf(where, member), "--yes", "--json"]);
}

/** `catnix batch submit`. */
export function submit(where: Where, file: string): Promise<CommandResult> {
  return runCatnix(["--config", where.config, "batch", "submit", file, ...keyOf(where, "publisher"), "--json"]);
}

/** Two members sign, it is submitted, and the relay has it. @returns the batch's number */
export async function approve(where: Where, file: string): Promise<number> {
  for (const member of ["member-1", "member-2"] as const) requireSuccess(await sign(where, file, member));
  const { seq } = JSON.parse(requireSuccess(await submit(where, file))) as { seq: number };
  await waitForRelay(where.relay, seq);
  return seq;
}

/** Waits until the relay serves what batch `seq` made of the CAT. */
export async function waitForRelay(relay: string, seq: number): Promise<void> {
  await waitFor(`batch ${seq} at the relay`, async () => {
    const ready = (await (await fetch(`${relay}/ready`)).json()) as { ready: boolean; seq?: number };
    return ready.ready && (ready.seq ?? 0) >= seq;
  });
}

/** Waits, for ten seconds at most. */
export async function waitFor(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`waited in vain for ${what}`);
}

function requireSuccess({ code, stdout, stderr }: CommandResult): string {
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
