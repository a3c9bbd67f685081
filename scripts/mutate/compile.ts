import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import { readFileSync } from "node:fs";

/** The compiler of npm, a WebAssembly module: text of JSON in, text of JSON out. */
interface Solc {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

const solc = createRequire(import.meta.url)("solc") as Solc;

/** Contracts that the tests deploy, and in which a mutant of a library ends up. */
export const DEPLOYED = {
  "contracts/CatRegistry.sol": "CatRegistry",
  "contracts/mocks/CatProofHarness.sol": "CatProofHarness",
};

/** What is compiled: the sources by name, as they are on disk or changed. */
export type Sources = Readonly<Record<string, string>>;

/** Creation code by contract name, 0x-hex, or what the compiler has against the sources. */
export type Compiled = { readonly code: Readonly<Record<string, string>> } | { readonly fault: string };

interface Output {
  readonly errors?: readonly { severity: string; formattedMessage: string }[];
  readonly contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
  readonly sources?: Record<string, { ast: unknown }>;
}

function runSolc(sources: Sources, outputSelection: unknown): Output {
  // Without the optimizer, which takes most of the time and changes nothing that a test of behaviour sees; and without
  // the hash of the sources, so that what compiles to the same code is known to be the same.
  const settings = {
    evmVersion: "cancun",
    metadata: { appendCBOR: false, bytecodeHash: "none" },
    outputSelection,
  };
  const content = Object.fromEntries(Object.entries(sources).map(([name, text]) => [name, { content: text }]));
  const input = JSON.stringify({ language: "Solidity", sources: content, settings });
  const readImport = (path: string): { contents: string } => ({
    contents: readFileSync(`node_modules/${path}`, "utf8"),
  });
  return JSON.parse(solc.compile(input, { import: readImport })) as Output;
}

/** Creation code of the contracts that tests deploy. */
export function compile(sources: Sources): Compiled {
  const selection = Object.fromEntries(
    Object.entries(DEPLOYED).map(([file, name]) => [file, { [name]: ["evm.bytecode.object"] }]),
  );
  const { errors = [], contracts = {} } = runSolc(sources, selection);
  const fault = errors.find(({ severity }) => severity === "error");
  if (fault !== undefined) return { fault: fault.formattedMessage };
  const code = Object.entries(DEPLOYED).map(([file, name]) => {
    return [name, `0x${contracts[file]![name]!.evm.bytecode.object}`] as const;
  });
  return { code: Object.fromEntries(code) };
}

/** The syntax trees, with types. */
export function parse(sources: Sources): Record<string, unknown> {
  const { sources: parsed = {} } = runSolc(sources, { "*": { "": ["ast"] } });
  return Object.fromEntries(Object.entries(parsed).map(([file, { ast }]) => [file, ast]));
}

// As a worker: sources in, code out, one after the other.
parentPort?.on("message", (sources: Sources) => parentPort!.postMessage(compile(sources)));
