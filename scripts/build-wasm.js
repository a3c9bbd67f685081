// Compiles src/wasm/assembly and writes src/wasm/module.ts, which holds the module's bytes as text: so whatever loads TypeScript
// or JavaScript, in a worker thread or a bundle too, has it without a file to find. `npm run build` calls this. Plain
// JavaScript, since the compiler's types would bring AssemblyScript's globals into the whole program.
import { readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const TARGET = "src/wasm/module.ts";
const OPTIONS = [
  ...["-O3", "--converge", "--noAssert"],
  // Nothing is allocated: all buffers are static, in three pages of 64 KiB that never grow, so that views stay valid.
  ...["--runtime", "stub", "--initialMemory", "3", "--maximumMemory", "3"],
  ...["--enable", "simd", "--enable", "bulk-memory"],
  // It warns of SIMD values in signatures, all of which are inlined.
  ...["--disableWarning", "112"],
];

let bytes;
const { error, stderr } = await asc.main(["src/wasm/assembly/index.ts", "--outFile", "module.wasm", ...OPTIONS], {
  writeFile: (name, contents) => {
    if (name === "module.wasm") bytes = contents;
  },
});
if (error) {
  process.stderr.write(stderr.toString());
  throw error;
}
const text = `// Written by scripts/build-wasm.js from src/wasm/assembly: do not edit.

/** The WebAssembly module, ${bytes.length} bytes, in base64. */
export const MODULE =
  "${Buffer.from(bytes).toString("base64")}";
`;
// Left alone where it is the same, so that nothing that watches or caches files takes it for new.
if (readIfThere() !== text) writeFileSync(TARGET, text);

function readIfThere() {
  try {
    return readFileSync(TARGET, "utf8");
  } catch {
    return undefined;
  }
}
