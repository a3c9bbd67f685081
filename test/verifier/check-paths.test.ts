import { expect } from "chai";
import { setTimeout } from "node:timers/promises";
import type { PathInfo } from "../../src/nixdb/path-info.js";
import { checkPaths } from "../../src/verifier/check-paths.js";
import type { Translation } from "../../src/verifier/path-check.js";
import { makeStorePath } from "../support/fill-index.js";

const UNKNOWN: Translation = { status: "unknown" };
const infoOf = (name: string): PathInfo => ({
  ...{ storePath: makeStorePath(name), narHash: new Uint8Array(32), narSize: 1 },
  ...{ references: [], sigs: [], registrationTime: 1 },
});

describe("checkPaths", () => {
  it("lets a request have its answer while thousands of other paths need none", async () => {
    const infos = Array.from({ length: 5000 }, (_, at) => infoOf(`path-${at}`));
    const [slow] = infos;
    const order: string[] = [];
    const translate = async (storePath: string) => {
      if (storePath === slow!.storePath) await setTimeout(1);
      return UNKNOWN;
    };
    const rest = { translate, onGone: () => undefined, jobs: 4 };
    await checkPaths(infos.values(), ({ storePath }) => order.push(storePath), rest);
    expect(order).to.have.length(infos.length);
    expect(order.at(-1)).not.to.equal(slow!.storePath);
  });

  it("leaves out what is gone, and says which", async () => {
    const [here, gone] = ["here", "gone"].map(infoOf);
    const [checked, left]: string[][] = [[], []];
    await checkPaths([here!, gone!].values(), ({ storePath }) => checked!.push(storePath), {
      translate: () => Promise.resolve(UNKNOWN),
      checkContents: (info) => Promise.resolve(info === gone ? undefined : { info, contents: { same: true } }),
      onGone: (storePath) => left!.push(storePath),
      jobs: 1,
    });
    expect([checked, left]).to.deep.equal([[here!.storePath], [gone!.storePath]]);
  });
});
