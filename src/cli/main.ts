import { limitHeap } from "./limit-heap.js";
import { reportError } from "./report-error.js";
import { runProgram } from "./run-program.js";
import { watchOutput } from "./watch-output.js";

limitHeap();
const args = process.argv.slice(2);
const output = watchOutput(process.stdout);
// Where errors and notes cannot be written there is nobody to tell.
process.stderr.on("error", () => undefined);
const exitCode = await runProgram(args);
try {
  await output.finish();
  process.exitCode = exitCode;
} catch (error) {
  process.exitCode = exitCode || reportError(error, args.includes("--json"));
}
