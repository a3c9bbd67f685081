import { expect } from "chai";
import { isLabError } from "../../scripts/lab/lab-error.js";
import { runCommand } from "../../scripts/lab/run-command.js";

describe("lab/run-command", () => {
  it("gives what the program printed and its status", async () => {
    const result = await runCommand("sh", ["-c", 'echo "$NAME"; echo no >&2; exit 3'], {
      env: { ...process.env, NAME: "é" },
    });
    expect(result).to.deep.equal({ stdout: "é\n", stderr: "no\n", code: 3 });
  });

  it("gives 127 where there is no such program and 128 + n after a signal, as a shell does", async () => {
    expect((await runCommand("/no/such/program", [])).code).to.equal(127);
    expect((await runCommand("sh", ["-c", "kill -9 $$"])).code).to.equal(137);
  });

  it("throws only where it was asked to", async () => {
    const error: unknown = await runCommand("false", [], { check: true }).catch((thrown: unknown) => thrown);
    expect(isLabError(error, "COMMAND_FAILED")).to.equal(true);
  });

  it("ends the program when it is told to, before or after its start", async () => {
    const started = Date.now();
    const results = [AbortSignal.timeout(50), AbortSignal.abort()].map((signal) =>
      runCommand("sleep", ["20"], { signal }),
    );
    expect((await Promise.all(results)).map(({ code }) => code)).to.deep.equal([143, 143]);
    expect(Date.now() - started).to.be.lessThan(10_000);
  });

  it("keeps no more than it may", async () => {
    const { stdout, code } = await runCommand("head", ["-c", "1000000", "/dev/zero"], { maxBytes: 1000 });
    expect([stdout.length, code]).to.deep.equal([1000, 0]);
  });
});
