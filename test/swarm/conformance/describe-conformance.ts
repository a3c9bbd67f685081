import { type Backend, type Capabilities, underTest } from "./backend.js";
import { describeAbsent } from "./absent.js";
import { describeChunks } from "./chunks.js";
import { describeFacts } from "./facts.js";
import { describeFeeds } from "./feeds.js";
import { describeFiles } from "./files.js";
import { describeOwnedChunks } from "./owned-chunks.js";
import { describeRanges } from "./ranges.js";
import { describeRedundancy } from "./redundancy.js";
import { describeRefusals } from "./refusals.js";
import { describeSite } from "./site.js";
import { describeStamps } from "./stamps.js";
import { describeUploads } from "./uploads.js";

/**
 * What catnix needs of a Swarm endpoint, over HTTP as it is and through BeeStore: one suite for the embedded node, a real Bee
 * and a cluster of them. Since every part computes or names the addresses that it expects, all backends give the same ones.
 */
export function describeConformance(
  name: string,
  capabilities: Capabilities,
  start: (context: Mocha.Context) => Promise<Backend>,
): void {
  describe(`Swarm endpoint: ${name}`, () => {
    let backend: Backend | undefined;
    const started = () => {
      if (backend === undefined) throw new Error("the backend has not been started");
      return backend;
    };
    const tested = underTest(capabilities, started);

    before(async function () {
      backend = await start(this);
    });
    after(() => backend?.close());

    describeFacts(tested);
    describeFiles(tested);
    describeUploads(tested);
    describeRanges(tested);
    describeChunks(tested);
    describeOwnedChunks(tested);
    describeFeeds(tested);
    describeSite(tested);
    describeRedundancy(tested);
    describeAbsent(tested);
    describeRefusals(tested);
    describeStamps(tested);
  });
}
