import { expect } from "chai";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { BeeStore } from "../../src/swarm/bee-store.js";
import type { ReadOptions } from "../../src/swarm/content-store.js";
import { commitBatch, makeRecord } from "../support/fill-index.js";
import { httpGet } from "../support/http-get.js";
import { startRelay, type TestRelay } from "../support/start-relay.js";

const PIECE = Buffer.alloc(1 << 16);
const GIGABYTE = 1 << 30;

/** A Swarm of one NAR that is larger than every buffer between it and the client, and that never fails. */
class LargeNarStore extends BeeStore {
  size = GIGABYTE;
  given = 0;
  reads = 0;
  reading = 0;
  mostReading = 0;
  lastSignal: AbortSignal | undefined;

  constructor() {
    super({ url: "http://127.0.0.1:9" });
  }

  override read(_address: string, { signal }: ReadOptions = {}) {
    this.reads++;
    this.lastSignal = signal;
    return Promise.resolve({ size: this.size, body: this.#pieces(signal!) });
  }

  async *#pieces(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    this.mostReading = Math.max(this.mostReading, ++this.reading);
    try {
      for (let at = 0; at < this.size; at += PIECE.length) {
        await setTimeout(0);
        signal.throwIfAborted();
        this.given += PIECE.length;
        yield PIECE;
      }
    } finally {
      this.reading--;
    }
  }
}

describe("relay, with clients that are slow or leave", () => {
  let store: LargeNarStore;
  let relay: TestRelay;
  let path: string;
  let sockets: Socket[];

  async function start(options: Parameters<typeof startRelay>[0], size = GIGABYTE) {
    store = new LargeNarStore();
    store.size = size;
    sockets = [];
    relay = await startRelay({ ...options, store });
    const record = makeRecord("large", Buffer.from("x"), { fileSize: size, narSize: size });
    await commitBatch(relay.writer, record);
    path = `/nar/${record.narAddress}.nar`;
  }
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await relay.close();
  });

  /** Asks for the NAR, and reads nothing of what comes. */
  async function askAndWait(): Promise<Socket> {
    const socket = connect(Number(new URL(relay.url).port), "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: relay\r\n\r\n`);
    return socket;
  }

  async function until(condition: () => boolean) {
    const end = Date.now() + 5_000;
    while (!condition()) {
      if (Date.now() > end) throw new Error("it did not happen within five seconds");
      await setTimeout(10);
    }
  }

  /** Waits until the store gives no more. */
  async function untilGivenStops() {
    let before: number;
    do {
      before = store.given;
      await setTimeout(150);
    } while (before !== store.given || store.given === 0);
  }

  it("reads no more from Swarm than a client takes", async () => {
    await start({});
    await askAndWait();
    await untilGivenStops();
    expect(store.given)
      .to.be.above(0)
      .and.below(64 << 20); // what the system's socket buffers hold
    expect(store.reading).to.equal(1);
  });

  it("calls the read off when its client leaves, and counts no failure", async () => {
    await start({});
    const socket = await askAndWait();
    await untilGivenStops();
    socket.destroy();
    await until(() => store.reading === 0);
    expect(store.lastSignal?.aborted).to.equal(true);
    const { body } = await httpGet(`${relay.url}/metrics`);
    expect(body.toString()).to.include("catnix_relay_nar_transfers 0\n");
    expect(body.toString()).not.to.include("catnix_relay_nar_failures_total{");
  });

  it("gives up a client that takes nothing", async () => {
    await start({ clientStallMs: 200 });
    const socket = await askAndWait();
    await until(() => store.reading === 1);
    await until(() => store.reading === 0);
    socket.resume();
    await once(socket, "close");
  });

  it("reads so many NARs at a time, lets others wait, and refuses none", async () => {
    await start({ maxNarTransfers: 2 }, 10 * PIECE.length);
    const answers = await Promise.all(Array.from({ length: 7 }, () => httpGet(relay.url + path)));
    for (const { status, complete, body } of answers)
      expect([status, complete, body.length]).to.deep.equal([200, true, store.size]);
    expect([store.reads, store.mostReading]).to.deep.equal([7, 2]);
  });

  it("never reads for a client that left while it waited", async () => {
    await start({ maxNarTransfers: 1 });
    const first = await askAndWait();
    await untilGivenStops();
    const waiting = await askAndWait();
    await setTimeout(50);
    waiting.destroy();
    await setTimeout(50);
    first.destroy();
    await until(() => store.reading === 0);
    await setTimeout(50);
    expect(store.reads).to.equal(1);
    const { body } = await httpGet(`${relay.url}/metrics`);
    expect(body.toString()).to.include('catnix_relay_requests_total{route="nar",status="499"} 1\n');
  });

  it("never sends more than it announced, nor ends cleanly with less", async () => {
    await start({}, 10 * PIECE.length);
    store.size = 9 * PIECE.length;
    const short = await httpGet(relay.url + path);
    expect([short.complete, short.body.length]).to.deep.equal([false, 9 * PIECE.length]);
    store.size = 11 * PIECE.length;
    expect((await httpGet(relay.url + path)).body.length).to.be.at.most(10 * PIECE.length);
  });
});
