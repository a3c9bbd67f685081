import { expect } from "chai";
import { join } from "node:path";
import { FeedLog } from "../../src/cli/feed-log.js";
import { type Feed, topicOf } from "../../src/owned/feed.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("FeedLog", () => {
  const minute = 60_000;
  const now = 1_700_000_000_000;
  const feed: Feed = { owner: pseudoRandomBytes(20, 1), topic: topicOf("site") };
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  const withLog = <T>(work: (log: FeedLog) => T): T => {
    const log = new FeedLog(join(folder.path, "state", "feeds.sqlite"));
    try {
      return work(log);
    } finally {
      log.close();
    }
  };

  beforeEach(async () => (folder = await makeTempFolder()));
  afterEach(() => folder.remove());

  it("keeps the last number of each feed for ten minutes", () => {
    withLog((log) => {
      expect(log.findLast(feed, now)).to.equal(undefined);
      log.add(feed, 6, now);
      log.add(feed, 7, now);
      log.add({ ...feed, topic: topicOf("other") }, 3, now);
    });
    withLog((log) => {
      for (const [later, number] of [
        [0, 7],
        [10 * minute, 7],
        [10 * minute + 1, undefined],
      ] as const)
        expect(log.findLast(feed, now + later), String(later)).to.equal(number);
      expect(log.findLast({ ...feed, topic: topicOf("other") }, now)).to.equal(3);
      expect(log.findLast({ ...feed, owner: pseudoRandomBytes(20, 2) }, now)).to.equal(undefined);
    });
  });

  it("says nothing where the clock was set back", () => {
    withLog((log) => {
      log.add(feed, 7, now);
      expect(log.findLast(feed, now - 1)).to.equal(undefined);
    });
  });
});
