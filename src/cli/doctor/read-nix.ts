import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { REQUEST_MS } from "./finding.js";

const run = promisify(execFile);

/** What matters of Nix's configuration (nix.conf(5)). */
export interface NixSettings {
  readonly substituters: readonly string[];
  readonly trustedPublicKeys: readonly string[];
  /** `narinfo-cache-positive-ttl`, in seconds. */
  readonly ttl: number;
}

const setting = <T extends z.ZodType>(value: T) => z.object({ value });
const settingsSchema = z.object({
  substituters: setting(z.array(z.string())),
  "trusted-public-keys": setting(z.array(z.string())),
  "narinfo-cache-positive-ttl": setting(z.number()),
});

/** Such as `2.8.0`; undefined where there is no Nix on the PATH. */
export async function readNixVersion(signal: AbortSignal): Promise<string | undefined> {
  const said = await ask(["--version"], signal);
  return said?.trim().split(" ").at(-1);
}

/** Nix's settings as the `nix` of this user sees them; undefined where it does not say. */
export async function readNixSettings(signal: AbortSignal): Promise<NixSettings | undefined> {
  const enable = ["--extra-experimental-features", "nix-command"];
  // `nix show-config` is called `nix config show` from 2.20 on.
  const said =
    (await ask([...enable, "config", "show", "--json"], signal)) ??
    (await ask([...enable, "show-config", "--json"], signal));
  const parsed = settingsSchema.safeParse(parseJson(said));
  if (!parsed.success) return undefined;
  const { substituters, ...others } = parsed.data;
  return {
    substituters: substituters.value,
    trustedPublicKeys: others["trusted-public-keys"].value,
    ttl: others["narinfo-cache-positive-ttl"].value,
  };
}

async function ask(args: string[], signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await run("nix", args, { timeout: REQUEST_MS, signal, maxBuffer: 1 << 22 })).stdout;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
