import { expect } from "chai";
import { Wallet } from "ethers";
import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../scripts/lab/run-command.js";
import { openKeystore, readPasswordFile } from "../../src/keys/keystore.js";
import { readCommands } from "../story/support/run-guide.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { CliWorld } from "./support/cli-world.js";
import { cliCommand } from "./support/run-cli.js";

const page = fileURLToPath(new URL("../../docs/council.md", import.meta.url));

/** The rehearsal of a lost key in docs/council.md, command by command, as somebody types it. */
describe("docs/council.md", function () {
  this.timeout(180_000);
  let world: CliWorld;
  before(async () => {
    world = await CliWorld.start();
  });
  after(() => world.close());

  it("replaces a member whose key is lost", async () => {
    for (const name of ["bob", "carol", "payer", "new"]) {
      await mkdir(world.file(name));
      if (name !== "new") await copyFile(world.file(`${name}.json`), world.file(`${name}/key.json`));
      await copyFile(world.file("password"), world.file(`${name}/password`));
    }
    await mkdir(world.file("programs"));
    const [program, words] = cliCommand([]);
    await writeFile(world.file("programs/catnix"), `#!/bin/sh\nexec ${[program, ...words].join(" ")} "$@"\n`);
    await chmod(world.file("programs/catnix"), 0o755);
    const commands = readCommands(await readFile(page, "utf8"));
    expect(commands).to.have.length.greaterThan(8);
    await writeFile(world.file("rehearsal.sh"), ["set -euo pipefail", ...commands, ""].join("\n"));
    const lost = new Wallet(wellKnownKey(1)).address;
    const { code, stdout, stderr } = await runCommand("bash", [world.file("rehearsal.sh")], {
      cwd: world.folder,
      env: { PATH: `${world.file("programs")}:${process.env["PATH"]!}`, HOME: world.folder, LOST: lost },
    });
    expect(code, `${stdout}\n${stderr}`).to.equal(0);
    const replaced = await openKeystore(world.file("new/key.json"), await readPasswordFile(world.file("password")));
    const { members } = await world.registry.registry.council();
    expect(members).to.have.length(3).and.include(replaced.address).and.not.include(lost);
    expect(stdout).to.include(`+ ${replaced.address}`).and.include(`- ${lost}`);
  });
});
