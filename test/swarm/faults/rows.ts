import type { ErrorCode } from "../../../src/errors/descriptors.js";
import { toHex } from "../../../src/encoding/hex.js";
import type { Fault } from "../../support/fault-proxy.js";
import { INNER } from "./fault-world.js";

/** What a client of one endpoint gets: the whole file, or an error; and Nix, through a relay: all of it, a 404 before the first byte, or a connection that breaks. */
export type Seen = ["whole", "whole"] | [ErrorCode, "404" | "cut"];

/** One fault of one endpoint. With a second, healthy endpoint everybody sees the whole file. */
export interface FaultRow {
  /** As docs/faults.md calls it. */
  readonly name: string;
  readonly one: Seen;
  /** What the proxy before the endpoint does. */
  readonly fault: (
    request: { method?: string | undefined; url?: string | undefined },
    seen: number,
  ) => Fault | undefined;
}

const always = (fault: Fault) => () => fault;
/** The fault hits files; single chunks come as they are. */
const ofFiles =
  (fault: Fault): FaultRow["fault"] =>
  ({ url }) =>
    url!.startsWith("/bytes/") ? fault : undefined;
const status = (code: number, headers?: Record<string, string>) =>
  ({ kind: "status", status: code, ...(headers && { headers }) }) as const;
const whole: Seen = ["whole", "whole"];

/** The faults that a proxy makes; those that need more have files of their own. */
export const rows: readonly FaultRow[] = [
  { name: "the connection is reset at every 64 KiB", one: whole, fault: ofFiles({ kind: "reset", after: 65_536 }) },
  { name: "nothing is answered", one: ["SWARM_TIMEOUT", "404"], fault: always({ kind: "hang" }) },
  { name: "a file stalls in the middle", one: whole, fault: ofFiles({ kind: "stall", after: 300_000 }) },
  {
    name: "a file drips slowly",
    one: whole,
    fault: ofFiles({ kind: "drip", bytes: 256, everyMs: 100 }),
  },
  {
    name: "a truncated 200, its length fitting",
    one: whole,
    fault: ofFiles({ kind: "truncate", after: 250_000, framing: "length" }),
  },
  {
    name: "a truncated 200, without a length",
    one: whole,
    fault: ofFiles({ kind: "truncate", after: 250_000, framing: "chunked" }),
  },
  { name: "wrong bytes in files", one: whole, fault: ofFiles({ kind: "flip", at: 5000 }) },
  { name: "wrong bytes in everything", one: ["SWARM_MISMATCH", "404"], fault: always({ kind: "flip", at: 100 }) },
  {
    name: "the content of another address",
    one: ["SWARM_MISMATCH", "404"],
    fault: always({ kind: "instead", path: `/chunks/${toHex(INNER.chunk.address)}` }),
  },
  { name: "status 402", one: ["SWARM_REQUEST_REFUSED", "404"], fault: always(status(402)) },
  { name: "status 404", one: ["SWARM_NOT_FOUND", "404"], fault: always(status(404)) },
  { name: "status 422", one: ["SWARM_REQUEST_REFUSED", "404"], fault: always(status(422)) },
  {
    name: "status 429 with Retry-After, then all is well",
    one: whole,
    fault: (_request, seen) => (seen <= 1 ? status(429, { "retry-after": "1" }) : undefined),
  },
  {
    name: "status 429 with a Retry-After of an hour",
    one: ["SWARM_BUSY", "404"],
    fault: always(status(429, { "retry-after": "3600" })),
  },
  { name: "status 429 without end", one: ["SWARM_BUSY", "404"], fault: always(status(429)) },
  { name: "status 500", one: ["SWARM_NOT_FOUND", "404"], fault: always(status(500)) },
  { name: "status 503", one: ["SWARM_BUSY", "404"], fault: always(status(503)) },
  { name: "files without an end", one: whole, fault: ofFiles({ kind: "endless" }) },
  { name: "everything without an end", one: ["SWARM_CHUNK_INVALID", "404"], fault: always({ kind: "endless" }) },
  {
    name: "a redirect",
    one: ["SWARM_ANSWER_INVALID", "404"],
    fault: always(status(302, { location: "http://127.0.0.1:9/" })),
  },
];

/** The faults that a proxy cannot make: each test file named here has their tests. */
export const otherRows: readonly (Pick<FaultRow, "name" | "one"> & { readonly file: string })[] = [
  { name: "the connection is refused", one: ["SWARM_UNREACHABLE", "404"], file: "faults.test.ts" },
  { name: "one inner chunk is a 404", one: ["SWARM_NOT_FOUND", "cut"], file: "faults.test.ts" },
  { name: "a reverse proxy in between", one: whole, file: "proxies.test.ts" },
  { name: "a reverse proxy that buffers, and knows neither lengths nor ranges", one: whole, file: "proxies.test.ts" },
  { name: "TLS in between, of an authority that NODE_EXTRA_CA_CERTS names", one: whole, file: "proxies.test.ts" },
  { name: "TLS in between, of an unknown authority", one: ["SWARM_UNREACHABLE", "404"], file: "proxies.test.ts" },
  { name: "the disk of the cache is full", one: whole, file: "full-disk.test.ts" },
];
