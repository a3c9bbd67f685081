/**
 * Measures what each call of the registry contract costs, on Hardhat's chain, and writes docs/gas.md:
 *
 *     npm run gas
 *     npm run gas -- --check     only says whether the page is what would be written; for CI
 *
 * The figures are the same at every run: keys, addresses, deadlines and so all signatures are.
 */
import { readFile, writeFile } from "node:fs/promises";
import { formatGasPage } from "./gas/page.js";

const [flag, ...rest] = process.argv.slice(2);
if ((flag !== undefined && flag !== "--check") || rest.length > 0) {
  console.error("usage: npm run gas [-- --check]");
  process.exit(2);
}
const file = new URL("../docs/gas.md", import.meta.url);
const page = await formatGasPage();
if (flag === undefined) await writeFile(file, page);
else if ((await readFile(file, "utf8").catch(() => "")) !== page) {
  console.error("docs/gas.md is stale: run `npm run gas`, look at what became dearer, and commit the page");
  process.exitCode = 1;
}
