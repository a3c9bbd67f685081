import { BlockList, isIP } from "node:net";
import type { Config } from "../../config/schema.js";
import { relayUrl } from "./check-relay.js";
import { type Finding, ok, warn } from "./finding.js";
import { type NixSettings, readNixSettings, readNixVersion } from "./read-nix.js";

const [NIX, CONF] = ["nix", "nix.conf"];
const MAX_TTL = 3600;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether the Nix of this machine asks the relay, and trusts what it should. A relay alone needs no Nix. */
export async function checkNix(config: Config, publicKey: string | undefined, signal: AbortSignal): Promise<Finding[]> {
  const version = await readNixVersion(signal);
  if (version === undefined)
    return [
      warn(
        NIX,
        "there is no Nix on the PATH",
        "Install Nix to use the cache from this machine; a relay for others needs none.",
      ),
    ];
  const settings = await readNixSettings(signal);
  if (!settings)
    return [
      ok(NIX, `Nix ${version}`),
      warn(
        CONF,
        "Nix does not say how it is configured",
        "Look at `nix show-config` yourself, or at `nix config show`.",
      ),
    ];
  return [ok(NIX, `Nix ${version}`), ...judgeNixSettings(settings, config.relay, publicKey)];
}

/** @param publicKey the relay's own, where it has one */
export function judgeNixSettings(
  settings: NixSettings,
  relay: Pick<Config["relay"], "host" | "port">,
  publicKey: string | undefined,
): Finding[] {
  const urls = settings.substituters.filter((text) => URL.canParse(text)).map((text) => new URL(text));
  const findings = urls
    .filter((url) => isTrusted(url) && /^https?:$/.test(url.protocol) && !isLoopback(url))
    .map((url) =>
      warn(
        CONF,
        `${url.host} is trusted without signatures, and is not this machine`,
        "Remove `trusted=1` from its URL in nix.conf: whoever is on the way to it could give you any build.",
      ),
    );
  const wanted = new URL(relayUrl(relay));
  const own = urls.find((url) => isSame(url, wanted));
  if (!own) {
    const line = `extra-substituters = ${wanted.origin}`;
    return [
      ...findings,
      warn(
        CONF,
        `${wanted.origin} is no substituter`,
        `To use the relay from this machine, add \`${line}\` to nix.conf.`,
      ),
    ];
  }
  if (!isTrusted(own) && publicKey !== undefined && !settings.trustedPublicKeys.includes(publicKey))
    findings.push(
      warn(CONF, "the relay's key is not trusted", `Add \`extra-trusted-public-keys = ${publicKey}\` to nix.conf.`),
    );
  if (settings.ttl > MAX_TTL)
    findings.push(
      warn(
        CONF,
        `Nix keeps a narinfo for ${Math.round(settings.ttl / 3600)} hours`,
        `Set \`narinfo-cache-positive-ttl = ${MAX_TTL}\` in nix.conf, so that withdrawals reach you within the hour.`,
      ),
    );
  return [
    ...findings,
    ok(CONF, `${own.origin} is a substituter${isTrusted(own) ? ", trusted without signatures on this machine" : ""}`),
  ];
}

/** As Nix reads a store's setting (libutil/config.cc): `1`, `true`, `yes`. */
function isTrusted(url: URL): boolean {
  return ["1", "true", "yes"].includes(url.searchParams.get("trusted") ?? "");
}

function isLoopback({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(address);
  return family === 0 ? address === "localhost" : loopback.check(address, family === 6 ? "ipv6" : "ipv4");
}

function isSame(a: URL, b: URL): boolean {
  if (a.protocol !== b.protocol || a.port !== b.port) return false;
  return a.hostname === b.hostname || (isLoopback(a) && isLoopback(b));
}
