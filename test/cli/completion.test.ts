import { expect } from "chai";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../../scripts/lab/run-command.js";
import { expectsFile } from "../../src/cli/completion.js";
import { createProgram } from "../../src/cli/program.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { cliCommand, runCli } from "./support/run-cli.js";

describe("cli: completion", function () {
  this.timeout(60_000);

  const places: [line: string, isFile: boolean][] = [
    ["", false],
    ["batch ", false],
    ["batch show ", true],
    ["batch show b", true],
    ["batch show b.json ", false],
    ["batch submit b.json ", true],
    ["batch show --", false],
    ["batch sign --key ", true],
    ["batch sign b.json --out x", true],
    ["batch sign --yes ", true],
    ["batch create --record ", false],
    ["--config ", true],
    ["batch show --config x ", true],
    ["publish --jobs ", false],
    ["publish --jobs 4 ", true],
    ["publish ./result ", true],
    ["serve ", false],
    ["registry withdraw --reason ", false],
    ["completion ", false],
  ];
  for (const [line, isFile] of places)
    it(`catnix ${line}… ${isFile ? "takes" : "takes no"} file`, () => {
      expect(expectsFile(createProgram(), line.split(" "))).to.equal(isFile);
    });

  it("is there for bash, zsh and fish, and for nothing else", async () => {
    for (const shell of ["zsh", "fish"]) {
      const { code, stdout, stderr } = await runCli(["completion", shell]);
      expect([code, stderr]).to.deep.equal([0, ""]);
      expect(stdout).to.include("catnix");
    }
    expect((await runCli(["completion", "ksh"])).code).to.equal(64);
    expect((await runCli(["--help"])).stdout).not.to.match(/^ +complete /m);
  });

  describe("in a real bash", () => {
    let folder: Awaited<ReturnType<typeof makeTempFolder>>;
    before(async () => {
      folder = await makeTempFolder();
      const [program, args] = cliCommand([]);
      const quoted = [program, ...args].map((word) => `'${word}'`).join(" ");
      await writeFile(join(folder.path, "catnix"), `#!/bin/sh\nexec ${quoted} "$@"\n`);
      await chmod(join(folder.path, "catnix"), 0o755);
      await writeFile(join(folder.path, "completion"), (await runCli(["completion", "bash"])).stdout);
    });
    after(() => folder.remove());

    /** What bash offers for the last of these words. */
    async function complete(...words: string[]): Promise<string[]> {
      const list = words.map((word) => `'${word}'`).join(" ");
      const line = words.join(" ");
      const script = `source ${folder.path}/completion
        compopt() { :; }
        COMP_WORDS=(catnix ${list}); COMP_CWORD=${words.length}; COMP_LINE='catnix ${line}'; COMP_POINT=\${#COMP_LINE}
        __catnix_complete
        printf '%s\\n' "\${COMPREPLY[@]}"
        complete -p catnix`;
      const env = { PATH: `${folder.path}:${process.env["PATH"] ?? ""}` };
      const { code, stdout, stderr } = await runCommand("bash", ["--norc", "-c", script], { env });
      expect([code, stderr]).to.deep.equal([0, ""]);
      const lines = stdout.trim().split("\n");
      expect(lines.at(-1)).to.include("-o default"); // files, where nothing else is offered
      return lines.slice(0, -1).filter((offered) => offered !== "");
    }

    it("offers commands, options and choices, and leaves files to bash", async () => {
      expect(await complete("ba")).to.deep.equal(["batch"]);
      expect(await complete("batch", "s")).to.have.members(["show", "sign", "submit", "sign-paths"]);
      expect(await complete("batch", "sign", "--pass")).to.deep.equal(["--password-file"]);
      expect(await complete("completion", "z")).to.deep.equal(["zsh"]);
      expect(await complete("batch", "show", "")).to.deep.equal([]);
    });
  });
});
