import { expect } from "chai";
import { setImmediate } from "node:timers/promises";
import { mapInOrder } from "../../src/async/map-in-order.js";

/** Counts what was taken from it, and whether it was closed. */
function counted(count: number, failAt = Infinity) {
  const seen = { taken: 0, isClosed: false };
  async function* source() {
    try {
      for (let at = 0; at < count; at++) {
        if (at === failAt) throw new RangeError("the source");
        seen.taken++;
        yield await Promise.resolve(at);
      }
    } finally {
      seen.isClosed = true;
    }
  }
  return { seen, source: source() };
}

async function collectAll<T>(results: AsyncIterable<T>): Promise<{ got: T[]; error: unknown }> {
  const got: T[] = [];
  try {
    for await (const result of results) got.push(result);
    return { got, error: undefined };
  } catch (error) {
    return { got, error };
  }
}

describe("mapInOrder", () => {
  it("gives results in the items' order, so many at a time and no more", async () => {
    let [running, most] = [0, 0];
    const work = async (item: number) => {
      most = Math.max(most, ++running);
      for (let turns = (item * 7) % 5; turns > 0; turns--) await setImmediate();
      running--;
      return item * 10;
    };
    for (const ahead of [1, 3, 50]) {
      most = 0;
      const { got } = await collectAll(mapInOrder(counted(20).source, ahead, work));
      expect(got).to.deep.equal(Array.from({ length: 20 }, (_, at) => at * 10));
      expect(most).to.be.at.most(ahead);
    }
  });

  it("takes items only as results are read", async () => {
    const { seen, source } = counted(100);
    const results = mapInOrder(source, 3, (item) => Promise.resolve(item));
    await results.next();
    expect(seen.taken).to.equal(3);
    await results.next();
    expect(seen.taken).to.equal(4);
    await results.return();
    expect(seen.isClosed).to.equal(true);
  });

  it("throws what the work throws, when its turn comes, and waits for what is under way", async () => {
    let running = 0;
    const { seen, source } = counted(10);
    const { got, error } = await collectAll(
      mapInOrder(source, 4, async (item) => {
        running++;
        for (let turns = 0; turns < item; turns++) await setImmediate();
        running--;
        if (item === 2) throw new TypeError("the work");
        return item;
      }),
    );
    expect(got).to.deep.equal([0, 1]);
    expect(error).to.be.instanceOf(TypeError);
    expect(running).to.equal(0);
    expect(seen.isClosed).to.equal(true);
  });

  it("throws what the source throws, once nothing is under way", async () => {
    const { error } = await collectAll(mapInOrder(counted(10, 5).source, 2, (item) => Promise.resolve(item)));
    expect(error).to.be.instanceOf(RangeError);
  });
});
