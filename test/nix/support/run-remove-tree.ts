import { existsSync } from "node:fs";
import { removeTree } from "../../../src/nix/remove-tree.js";

/** Removes a tree as soon as a file is there. */
const [tree, start] = process.argv.slice(2) as [string, string];
process.stdout.write("ready\n");
while (!existsSync(start));
removeTree(tree);
process.stdout.write("removed\n");
