import { expect } from "chai";
import type { Command } from "commander";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createProgram } from "../../src/cli/program.js";
import { readPages, root } from "./support/markdown-page.js";

const program = createProgram();

/**
 * What is wrong with a command line, such as an option that the command does not have.
 * @param line may have other programs before and behind `catnix`
 */
function findFaults(line: string): string[] {
  return [...line.matchAll(/(?<=^|[\s(])catnix ([^|&;)#<>`]+|.*--help)/g)].flatMap(([, text]) => {
    let command: Command = program;
    const faults: string[] = [];
    for (const word of text!
      .replace(/'[^']*'|"[^"]*"/g, "…")
      .trim()
      .split(/\s+/)) {
      const next = command.commands.find((one) => one.name() === word);
      if (next) command = next;
      else if (command.commands.length > 0 && /^[a-z-]+$/.test(word) && !/^-/.test(word)) {
        // What stands behind an option of the program is its value.
        if (command !== program) faults.push(`no command: ${command.name()} ${word}`);
      } else if (word.startsWith("--")) {
        const known = [...command.options, ...program.options].map(({ long }) => long);
        if (!known.includes(word) && word !== "--help") faults.push(`no option: ${command.name()} ${word}`);
      }
    }
    return faults;
  });
}

describe("the commands in the pages", () => {
  it("finds what does not exist", () => {
    expect(findFaults("$(catnix batch nonsense --json) | catnix --config a resolve --no-such b")).to.deep.equal([
      "no command: batch nonsense",
      "no option: resolve --no-such",
    ]);
  });

  it("exist, with the options that they are given", () => {
    const pages = [...readPages().values()];
    const lines = pages.flatMap(({ path, text, commands }) => {
      const inText = [...text.matchAll(/`((?:npx )?catnix [^`]+)`/g)].map(([, line]) => line!.replaceAll("\n", " "));
      return [...commands, ...inText].filter((line) => line.includes("catnix ")).map((line) => ({ path, line }));
    });
    expect(lines.length).to.be.above(200);
    expect(
      lines.flatMap(({ path, line }) => findFaults(line).map((fault) => `${path}: ${fault} (${line})`)),
    ).to.deep.equal([]);
  });

  it("of npm are scripts of the package", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
    const named = [...readPages().values()].flatMap(({ text }) =>
      [...text.matchAll(/\bnpm\s+run\s+(?:--silent\s+)?([a-z][\w:-]*\w)/g)].map(([, name]) => name!),
    );
    expect(named.length).to.be.above(30);
    expect([...new Set(named)].filter((name) => !Object.keys(scripts).includes(name))).to.deep.equal([]);
  });
});
