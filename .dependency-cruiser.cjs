const { readdirSync } = require("node:fs");
const { join } = require("node:path");

// The layers, lowest first. A folder may import from itself and from the lines above it, and from nothing else:
// imports point from the commands to the applications, the adapters and the pure core, never back.
const layers = [
  ["errors", "wasm"],
  ["encoding", "async"],
  ["nix", "bmt"],
  ["cat", "state-proof", "owned", "mantaray", "nar-file"],
  ["log", "files"],
  ["sqlite"],
  ["config"],
  ["keys"],
  ["swarm", "registry", "index", "nixdb"],
  ["members"],
  ["publisher", "indexer", "relay", "consortium", "resolver", "attest", "verifier"],
  ["cli"],
];
for (const name of readdirSync(join(__dirname, "src")))
  if (!layers.flat().includes(name)) throw new Error(`src/${name} has no layer: give it one here`);
const folder = (name) => `^src/${name}/`;

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    ...layers.flatMap((names, at) =>
      names.map((name) => ({
        name: `layer-${name}`,
        comment: `${name} may import from itself and from the layers below it`,
        severity: "error",
        from: { path: folder(name) },
        // Bins and other roots are nobody's to import; they also keep the list from being empty, which would mean all.
        to: {
          path: ["^bin/", ...[...names.filter((other) => other !== name), ...layers.slice(at + 1).flat()].map(folder)],
        },
      })),
    ),
    {
      name: "pure-core",
      comment: "the formats do no input or output",
      severity: "error",
      from: { path: "^src/(wasm|encoding|bmt|cat|state-proof|owned|mantaray|nar-file)/" },
      to: { path: "^(node:)?(fs|net|http|https|child_process|sqlite)", dependencyTypes: ["core"] },
    },
    {
      name: "swarm-through-its-port",
      comment: "whoever needs Swarm talks to a ContentStore; only commands start the embedded node",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(swarm/node|cli)/" },
      to: { path: "^src/swarm/node/" },
    },
    { name: "no-tests-in-src", severity: "error", from: { path: "^src/" }, to: { path: "^(test|scripts|bench)/" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "contract-types|src/wasm/assembly" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};
