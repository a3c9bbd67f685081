import { format } from "prettier";
import { type Layers, readLayers, reduceImports } from "./layers.js";

const [START, END] = ["<!-- layers: written by `npm run layers` -->", "<!-- end of layers -->"];

/** What is in each folder of `src`, in a few words. */
const CONTENT: Readonly<Record<string, string>> = {
  errors: "the one error family: codes, numbers, messages, hints",
  wasm: "keccak-256, the hash of chunks and the rolling hash, in WebAssembly",
  encoding: "bytes, hexadecimal, nix-base32, keccak256, frames of zstd",
  async: "many things at a time, in bounds",
  nix: "store paths, narinfo, NARs, hashes, signatures",
  bmt: "Swarm's hash: chunks, and files as trees of chunks",
  cat: "the format: record, row, bucket, tree, delta, pack, proof, typed data",
  "state-proof": "headers of blocks, and proofs of accounts and their storage",
  "nar-file": "`stable-zstd/1`: a NAR's compressed form, whole and by ranges",
  owned: "owned chunks and feeds: what a key vouches for on Swarm",
  mantaray: "manifests of sites: nodes, paths, metadata",
  log: "JSON lines on standard error",
  files: "bounded reads, atomic writes",
  sqlite: "one local database, its form and its errors",
  config: "`catnix.json`, the environment, defaults",
  keys: "keystore files and their passwords",
  swarm: "the port to Swarm, the Bee client behind it, and the embedded node",
  registry: "the chain, the contract, its history",
  index: "the local lookup cache, to read and to write",
  nixdb: "a Nix store and its database, read only",
  members: "what members publish about themselves and their checks: charter, approvals and roots, attestations",
  publisher: "a closure to Swarm, and the batch that lists it",
  indexer: "follows the registry, checks, fills the index",
  relay: "answers Nix from the index, and sends NARs",
  consortium: "checks a batch byte by byte, signs it",
  resolver: "one path from the registry to its files, every hash checked",
  attest: "how a member can vouch for each row of a batch: rebuilt, or copied from a builder",
  verifier: "a Nix store held against a registry: approved, unknown, differs, modified, withdrawn",
  cli: "the commands",
};

/** docs/architecture.md with its part about layers anew. */
export async function formatArchitecture(page: string): Promise<string> {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start) throw new TypeError(`docs/architecture.md lost ${START} or ${END}`);
  const part = formatLayers(await readLayers());
  const whole = `${page.slice(0, start)}${START}\n\n${part}\n\n${page.slice(end)}`;
  return format(whole, { parser: "markdown", printWidth: 120, proseWrap: "preserve" });
}

function formatLayers({ layers, imports }: Layers): string {
  const highestFirst = layers.toReversed();
  const boxes = highestFirst.map((folders, at) => `  subgraph layer${at} [" "]\n    ${folders.join(" ~~~ ")}\n  end`);
  const arrows = reduceImports(imports).map(([from, to]) => `  ${from} --> ${to}`);
  const rows = highestFirst.flatMap((folders, at) =>
    folders.map((folder) => `| ${layers.length - at} | \`${folder}\` | ${describe(folder)} |`),
  );
  return [
    ["```mermaid", "flowchart TB", ...boxes, ...arrows.sort(), "```"].join("\n"),
    "An arrow is an import that the others do not imply.",
    ["| layer | folder | what is in it |", "| --- | --- | --- |", ...rows].join("\n"),
  ].join("\n\n");
}

function describe(folder: string): string {
  const content = CONTENT[folder];
  if (content === undefined) throw new TypeError(`nothing says what is in src/${folder}: add it to CONTENT`);
  return content;
}
