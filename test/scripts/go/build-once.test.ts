import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { findCacheFolder } from "../../../scripts/go/cache-folder.js";
import { ensureBee } from "../../../scripts/bee/ensure-bee.js";
import { findGo } from "../../../scripts/go/find-go.js";
import { isLabError } from "../../../scripts/lab/lab-error.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const labCode = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => (isLabError(error) ? error.code : error),
  );

/** The real build takes minutes and is what `npm run test:bee` begins with; here a `go` that fails, or writes two files. */
describe("buildOnce, by ensureBee", () => {
  let folder: { path: string; remove(): Promise<void> };
  let cache: string;
  let env: NodeJS.ProcessEnv;
  const builds = async () => (await readFile(join(folder.path, "builds"), "utf8").catch(() => "")).length;

  beforeEach(async () => {
    folder = await makeTempFolder();
    cache = join(folder.path, "cache");
    env = { ...process.env, PATH: `${folder.path}:${process.env["PATH"]}` };
  });
  afterEach(() => folder.remove());

  async function putGo(...lines: string[]): Promise<void> {
    const file = join(folder.path, "go");
    await writeFile(file, ["#!/bin/sh", '[ "$1" = version ] && exit 0', ...lines, ""].join("\n"));
    await chmod(file, 0o755);
  }
  const putWorkingGo = () =>
    putGo(
      `printf x >> '${folder.path}/builds'; sleep 0.3`,
      'while [ "$1" != -o ]; do shift; done',
      `echo bee > "$2/bee"; printf '#!/bin/sh\\necho {}\\n' > "$2/contracts"; chmod +x "$2/contracts"`,
    );

  it("builds once, whoever asks, and then takes what it has built", async () => {
    await putWorkingGo();
    const lines: string[] = [];
    const all = await Promise.all([1, 2, 3].map(() => ensureBee({ cache, env, log: (line) => lines.push(line) })));
    expect(new Set(all.map(({ bee }) => bee)).size).to.equal(1);
    expect(await readFile(all[0]!.bee, "utf8")).to.equal("bee\n");
    expect(JSON.parse(await readFile(all[0]!.contracts, "utf8"))).to.deep.equal({});
    expect(lines.filter((line) => line.startsWith("building"))).to.have.length(1);
    expect(await ensureBee({ cache, env })).to.deep.equal(all[0]);
    expect(await builds()).to.equal(1);
  });

  it("leaves nothing of a build that failed, and says why; the next one begins anew", async () => {
    await putGo("echo 'go.mod requires go >= 1.26' >&2; exit 1");
    expect(await labCode(ensureBee({ cache, env }))).to.equal("GO_BUILD_FAILED");
    await mkdir(join(cache, "bee", "build-killed"), { recursive: true });
    await putWorkingGo();
    await ensureBee({ cache, env });
    const names = await readdir(join(cache, "bee"));
    expect(names.filter((name) => name.startsWith("build-"))).to.deep.equal([]);
  });

  it("ends where it is told to, also while it waits for another one's build", async () => {
    await putWorkingGo();
    const reason = new Error("stop");
    const stop = new AbortController();
    const [first, second] = [ensureBee({ cache, env }), ensureBee({ cache, env, signal: stop.signal })];
    stop.abort(reason);
    const error = (await second.catch((thrown: unknown) => thrown)) as Error;
    expect(error === reason || error.name === "AbortError").to.equal(true);
    await first;
  });

  it("says what to install where there is no Go", async () => {
    expect(await labCode(findGo({ PATH: folder.path }, folder.path))).to.equal("GO_MISSING");
    await putGo("exit 0");
    expect((await findGo({ PATH: "/nowhere" }, folder.path))["PATH"]).to.equal(`/nowhere:${folder.path}`);
  });

  it("keeps it where the user keeps caches", () => {
    expect(findCacheFolder({ XDG_CACHE_HOME: "/var/cache/me" })).to.equal("/var/cache/me/catnix");
    for (const env of [{}, { XDG_CACHE_HOME: "" }, { XDG_CACHE_HOME: "relative" }])
      expect(findCacheFolder(env)).to.match(/^\/.*\/\.cache\/catnix$/);
  });
});
