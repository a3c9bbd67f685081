import { expect } from "chai";
import { runCommand } from "../../scripts/lab/run-command.js";
import { cliCommand, errorCodeOf } from "./support/run-cli.js";

/** Runs a command in a shell that sends its standard output elsewhere, and prints its exit code. */
function runInto(where: string, args: string[]) {
  const [program, words] = cliCommand(args);
  const script = `{ "$@"; echo $? >&3; } 3>&1 ${where}`;
  return runCommand("bash", ["-c", script, "bash", program, ...words]);
}

describe("watchOutput", function () {
  this.timeout(60_000);

  it("a full disk is an error, for a result as for the help", async () => {
    const result = await runInto("> /dev/full", ["config", "--json"]);
    expect([result.stdout, errorCodeOf(result)]).to.deep.equal(["1\n", "DISK_FULL"]);
    const help = await runInto("> /dev/full", ["--help"]);
    expect(help.stdout).to.equal("1\n");
    expect(help.stderr).to.include("DISK_FULL").and.not.to.include("    at ");
  });

  it("a reader that leaves is none, and gets no stack", async () => {
    for (const args of [["--help"], ["config", "--explain"], ["completion", "bash"]]) {
      // The pipe's reader is gone before the command writes anything.
      const result = await runInto("> >(exec true)", args);
      expect([result.stdout, result.stderr]).to.deep.equal(["0\n", ""]);
    }
    const wrong = await runInto("2> >(exec true)", ["--no-such-option"]);
    expect([wrong.stdout, wrong.stderr]).to.deep.equal(["64\n", ""]);
  });
});
