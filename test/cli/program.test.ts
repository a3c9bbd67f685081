import { expect } from "chai";
import { type Command, CommanderError } from "commander";
import { ZeroAddress } from "ethers";
import { createProgram } from "../../src/cli/program.js";
import { WRONG_USAGE } from "../../src/cli/report-error.js";
import { errorCodeOf, runCli, runHere } from "./support/run-cli.js";

/** Commands that the help shows, without commands of their own, with their names. */
function listCommands(parent: Command, above: string[] = []): { command: Command; words: string[] }[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .filter((command) => command.name() !== "help")
    .flatMap((command) => {
      const words = [...above, command.name()];
      return command.commands.length === 0 ? [{ command, words }] : listCommands(command, words);
    });
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

describe("createProgram", () => {
  const names = listCommands(createProgram()).map(({ words }) => words.join(" "));

  it("has these commands", () => {
    expect(names).to.deep.equal([
      ...["dev", "publish", "batch create", "batch show", "batch sign"],
      ...["batch typed-data", "batch add-signature", "batch collect", "batch submit", "batch announce"],
      ...["batch sign-paths"],
      ...["batch rebase", "batch leave-out", "batch list", "attest"],
      ...["registry deploy", "registry show", "registry members", "registry history"],
      ...["registry rotate", "registry retire"],
      ...["registry sign", "registry submit", "registry typed-data", "registry add-signature"],
      ...["registry withdraw", "charter member", "charter create", "charter show", "charter publish"],
      ...["serve", "resolve", "fetch", "verify", "audit", "explain"],
      ...["nar encode", "nar decode", "nar inspect"],
      ...["soc put", "soc get", "feed update", "feed get"],
      ...["stamps plan", "stamps list", "stamps buy", "stamps topup", "stamps dilute", "stamps watch", "reupload"],
      ...["key create", "key create-nix", "config", "doctor", "completion"],
    ]);
  });

  for (const name of names) {
    it(`${name}: its help has examples, with options that it has`, () => {
      const { command, words } = listCommands(createProgram()).find(({ words }) => words.join(" ") === name)!;
      expect(command.description()).to.match(/^[a-z].*[^.]$/);
      const [, examples] = helpOf(command).split("\nExamples:\n");
      const lines = examples?.trim().split("\n") ?? [];
      expect(lines).to.have.length.greaterThan(0);
      const known = [...command.options, ...createProgram().options].map(({ long }) => long);
      for (const line of lines) {
        expect(
          line
            .trim()
            .split(" ")
            .slice(0, words.length + 2),
        ).to.deep.equal(["$", "catnix", ...words]);
        const [own] = line.split(" | ");
        for (const [option] of own!.matchAll(/--[a-z-]+/g)) expect(known, line).to.include(option);
      }
    });

    it(`${name}: its help says which options are required, and no default that is empty`, () => {
      const { command } = listCommands(createProgram()).find(({ words }) => words.join(" ") === name)!;
      const text = helpOf(command).replace(/\s+/g, " ");
      expect(text).not.to.include("[])");
      const required = command.options.filter(({ mandatory }) => mandatory);
      for (const { flags, description } of required) expect(text).to.include(`${flags} ${description} (required)`);
      expect(text.match(/\(required\)/g) ?? []).to.have.length(required.length);
    });

    it(`${name}: refuses an option that it does not have`, async () => {
      const program = createProgram();
      const { command } = listCommands(program).find(({ words }) => words.join(" ") === name)!;
      command.configureOutput({ writeErr: () => undefined });
      const required = command.options
        .filter(({ mandatory }) => mandatory)
        .flatMap(({ long, flags }) => [long!, flags.includes("<address>") ? ZeroAddress : "20"]); // a depth, or any name
      const error: unknown = await program
        .parseAsync([...name.split(" "), ...required, "--no-such-option"], { from: "user" })
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(CommanderError).and.to.include({ code: "commander.unknownOption" });
    });
  }
});

describe("the help of the program and its groups", () => {
  it("has examples, and says what exit codes there are", () => {
    const program = createProgram();
    const text = helpOf(program);
    for (const code of [0, 1, 2, 3, WRONG_USAGE, 130, 143])
      expect(text).to.match(new RegExp(`^  .*\\b${code}\\b`, "m"));
    for (const name of ["batch", "registry", "charter", "stamps"]) {
      const group = program.commands.find((command) => command.name() === name)!;
      const [, examples] = helpOf(group).split("\nExamples:\n");
      const names = group.commands.map((command) => command.name());
      for (const [, word] of examples!.matchAll(/^ {2}\$ catnix \w+ ([\w-]+)/gm)) expect(names).to.include(word);
    }
  });
});

describe("what is wrong with arguments, with --json", () => {
  for (const args of [
    ["resolve"],
    ["fetch", "x"],
    ["batch"],
    ["batch", "list", "--limit", "0"],
    ["nonsense"],
    ["config", "--no"],
  ])
    it(`${args.join(" ")}: is an error object like any other`, async () => {
      const result = await runHere([...args, "--json"]);
      expect([result.code, result.stdout, errorCodeOf(result)]).to.deep.equal([64, "", "USAGE"]);
    });
});

describe("catnix, as a process", function () {
  this.timeout(60_000);
  const runs: [args: string[], exitCode: number][] = [
    [["--help"], 0],
    [["publish", "--no-such-option", "./result"], 64],
    [["batch"], 64],
    [["dev", "--port", "65536"], 64],
    [["batch", "create", "--json"], 64],
    [["registry", "withdraw", "--build", "00", "--batch", "1", "--reason", "x", "--key", "k"], 64],
  ];
  for (const [args, exitCode] of runs) {
    it(`${args.join(" ")}: exits with ${exitCode}, on the right stream`, async () => {
      const { code, stdout, stderr } = await runCli(args);
      expect(code, stderr).to.equal(exitCode);
      expect([stdout !== "", stderr !== ""]).to.deep.equal([exitCode === 0, exitCode !== 0]);
    });
  }
});
