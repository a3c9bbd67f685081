import { limitYoungSpace } from "./limit-young-space.js";
import { runProgram } from "./run-program.js";

limitYoungSpace();
process.exitCode = await runProgram(process.argv.slice(2));
