import { getAddress, isAddress } from "ethers";
import { z } from "zod";
import { compileGlobs } from "../files/glob.js";
import { LOG_LEVELS } from "../log/logger.js";

/** A number, or its digits: the environment has only text. */
const number = (schema: z.ZodNumber) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^[0-9]+(\.[0-9]+)?$/, "not a number")
        .transform(Number),
    ])
    .pipe(schema);
const integer = (min: number, max = Number.MAX_SAFE_INTEGER) => number(z.number().int().min(min).max(max));
/** Or the word: the environment has only text. */
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const url = (description: string) =>
  z
    .url({ protocol: /^https?$/ })
    .meta({ url: true })
    .describe(description);
/** A path: relative ones count from the folder of the file that says them. */
const path = (description: string) => z.string().min(1).meta({ path: true }).describe(description);

/** A list; where it is text, as in the environment, white space is between its items. */
const list = <T extends z.ZodType<string>>(item: T, description: string) =>
  z
    .union([z.array(z.unknown()), z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ""))])
    .pipe(z.array(item).max(10_000))
    .describe(description);
const pattern = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => isGlob(text), "no pattern: a bracket is left open");
const absolutePath = z.string().max(4096).startsWith("/", "an absolute path");

function isGlob(text: string): boolean {
  try {
    compileGlobs([text]);
    return true;
  } catch {
    return false;
  }
}

/** Everything that can be configured. Secrets are not in here, only the paths of their files. */
export const configSchema = z.strictObject({
  stateDir: path("folder of what catnix keeps: the index, the publisher's journal").default(".catnix"),
  storeDir: z
    .string()
    .regex(/^\/.*[^/]$/, "an absolute path")
    .default("/nix/store")
    .describe("store folder of the registry's paths"),
  logLevel: z.enum(LOG_LEVELS).default("info").describe("how much is logged, to standard error"),
  chain: z
    .strictObject({
      rpcUrl: url("JSON-RPC endpoint of the chain").default("http://127.0.0.1:8545"),
      chainId: integer(1).optional().describe("chain id; an endpoint of another chain is refused"),
      registry: z
        .string()
        .refine((text) => isAddress(text), "not an address")
        .transform((text) => getAddress(text))
        .optional()
        .describe("address of the CAT registry"),
      deploymentBlock: integer(0).default(0).describe("block of the registry's deployment; the indexer starts there"),
      finality: z
        .union([z.enum(["finalized", "safe", "latest"]), integer(0)])
        .default("finalized")
        .describe("when a batch counts: a block tag, or a number of confirmations"),
      pollSeconds: number(z.number().min(0.05).max(3600)).default(12).describe("seconds between looks at the chain"),
      logRange: integer(1).default(10_000).describe("blocks asked for in one eth_getLogs"),
    })
    .prefault({}),
  light: z
    .strictObject({
      rpcUrls: list(
        z.url({ protocol: /^https?$/ }),
        "further JSON-RPC endpoints, of which some have to agree with chain.rpcUrl (docs/light.md)",
      )
        .meta({ url: true })
        .default([]),
      agree: integer(1, 64).optional().describe("how many endpoints have to agree on a block; all where not given"),
      maxAgeSeconds: integer(1).default(3600).describe("a block that is older is refused"),
      codeHash: z
        .string()
        .regex(/^0x[0-9a-f]{64}$/, "0x and 64 lower-case hexadecimal digits")
        .optional()
        .describe("hash of the registry's code, where it was deployed by another release that you trust"),
    })
    .prefault({}),
  swarm: z
    .strictObject({
      url: url("HTTP API of a Bee, or of the embedded node: uploads go there, and reads first").default(
        "http://127.0.0.1:1633",
      ),
      urls: list(z.url({ protocol: /^https?$/ }), "further nodes to read from (docs/swarm.md)")
        .meta({ url: true })
        .default([]),
      cacheDir: path("folder that keeps files which were read, by address; nothing is kept where not given").optional(),
      cacheBytes: integer(1 << 20)
        .default(10_000_000_000)
        .describe("bytes that swarm.cacheDir may take; what was not read for longest goes first"),
      postageBatch: z
        .string()
        .regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits")
        .default("0".repeat(64))
        .describe("postage batch that pays for uploads (the embedded node takes any)"),
      upload: z
        .enum(["deferred", "direct"])
        .default("deferred")
        .describe("direct: a Bee answers an upload once other nodes have it (docs/bee.md)"),
      readbackUrl: url(
        "another node, which a sample of what was uploaded is read back through; else the first of swarm.urls",
      ).optional(),
    })
    .prefault({}),
  postage: z
    .strictObject({
      allowMutable: flag
        .default(false)
        .describe("whether uploads may be paid by a mutable batch, which overwrites its old chunks when it is full"),
      waitSeconds: integer(0, 86_400)
        .default(600)
        .describe("seconds to wait until a batch that was just bought is usable"),
      warnDays: number(z.number().min(0).max(36_500))
        .default(30)
        .describe("days left of a batch below which to warn (publish, doctor, stamps watch)"),
      failDays: number(z.number().min(0).max(36_500))
        .default(2)
        .describe("days left of a batch below which it counts as a failure"),
      warnUsed: number(z.number().min(0).max(1))
        .default(0.8)
        .describe("part of a batch's fullest bucket, from 0 to 1, from which to warn"),
    })
    .prefault({}),
  publish: z
    .strictObject({
      jobs: integer(1, 64).default(4).describe("store paths uploaded at a time"),
      retries: integer(0, 100)
        .default(5)
        .describe("further attempts at an upload that failed for a reason that may pass, each after a longer pause"),
      readbackChunks: integer(0, 100_000)
        .default(128)
        .describe("random chunks of what was uploaded that are read back through another node, besides every root"),
      deny: z
        .strictObject({
          names: list(pattern, "patterns of names (what follows the hash) of store paths never to publish").default([]),
          paths: list(absolutePath, "store paths never to publish").default([]),
          files: list(
            pattern,
            "patterns of files never to publish, besides the built-in rules: `<name>/<path in the store path>`",
          ).default([]),
        })
        .prefault({}),
      allow: z
        .strictObject({
          rules: list(z.string().min(1).max(100), "built-in rules (docs/publishing.md) that do not count").default([]),
          paths: list(absolutePath, "exceptions: store paths, or files or folders in them").default([]),
          files: list(pattern, "exceptions: patterns of files, as in publish.deny.files").default([]),
        })
        .prefault({}),
      only: z
        .strictObject({
          paths: list(absolutePath, "where given, nothing is published but these store paths").optional(),
          closures: list(
            absolutePath,
            "where given, nothing is published but the closures of these, which may be links",
          ).optional(),
        })
        .prefault({}),
    })
    .prefault({}),
  member: z
    .strictObject({
      ownedKeyFile: path("keystore file of the member's owned key, under which its approvals go to Swarm").optional(),
      ownedPasswordFile: path("file of mode 0600 with that key's password; else it is asked for").optional(),
    })
    .prefault({}),
  relay: z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1").describe("address that the relay listens on"),
      port: integer(0, 65_535).default(8734).describe("port that the relay listens on; 0: any"),
      priority: integer(1).default(41).describe("lower wins at the client; cache.nixos.org is 40"),
      signingKeyFile: path("Nix secret key that signs narinfo for clients on this machine").optional(),
      memberSignatures: flag
        .default(true)
        .describe(
          "whether the Nix signatures of the charter's members are fetched and passed on (docs/member-signatures.md)",
        ),
    })
    .prefault({}),
});

export type Config = z.output<typeof configSchema>;
