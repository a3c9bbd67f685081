import { expect } from "chai";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextImmediate } from "node:timers/promises";
import { sendRequest } from "../../src/swarm/send-request.js";
import { collect } from "../support/collect.js";

const { signal } = new AbortController();

describe("sendRequest", () => {
  let server: Server;
  let url: string;
  let sockets: Set<unknown>;
  /** Requests answered on each connection before it is cut without an answer. */
  let patience: number;

  beforeEach(async () => {
    sockets = new Set();
    patience = Infinity;
    const seen = new WeakMap<object, number>();
    server = createServer((request, response) => {
      const { socket } = request;
      sockets.add(socket);
      const count = (seen.get(socket) ?? 0) + 1;
      seen.set(socket, count);
      if (count > patience) socket.resetAndDestroy();
      else request.pipe(response.setHeader("x-seen", String(count)));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const echo = async (text: string) => {
    const answer = await sendRequest(url, { method: "POST", headers: {}, body: Buffer.from(text), signal });
    return Buffer.from(await collect(answer.body!)).toString();
  };

  it("sends a body, reads the answer, and keeps the connection for the next", async () => {
    for (const text of ["a", "", "c".repeat(100_000)]) expect(await echo(text)).to.equal(text);
    expect(sockets.size).to.equal(1);
  });

  it("is called off when the whole answer has arrived and nobody has read it", async () => {
    const failures: string[] = [];
    for (let round = 0; round < 5; round++) {
      const stop = new AbortController();
      const answer = await sendRequest(url, {
        method: "POST",
        headers: {},
        body: Buffer.alloc(3000),
        signal: stop.signal,
      });
      while (!(answer.body as IncomingMessage).complete) await nextImmediate();
      stop.abort();
      failures.push(
        await collect(answer.body!).then(
          () => "whole",
          (error: unknown) => (error as Error).name,
        ),
      );
      await nextImmediate(); // a failure of the connection that nobody listens to ends the process by now
    }
    expect(failures).to.deep.equal(Array(5).fill("AbortError"));
  });

  it("is called off before it is sent, while it is answered, and while its body is read", async () => {
    const aborted = AbortSignal.abort();
    const failure = (error: unknown) => (error as Error).name;
    const options = { method: "POST", headers: {}, body: Buffer.alloc(3_000_000) };
    expect(await sendRequest(url, { ...options, signal: aborted }).catch(failure)).to.equal("AbortError");
    const early = new AbortController();
    const pending = sendRequest(url, { ...options, signal: early.signal });
    early.abort();
    expect(await pending.catch(failure)).to.equal("AbortError");
    const late = new AbortController();
    const answer = await sendRequest(url, { ...options, signal: late.signal });
    late.abort();
    expect(await collect(answer.body!).catch(failure)).to.equal("AbortError");
    expect(await echo("a new connection")).to.equal("a new connection");
  });

  it("asks again where the other side closed a kept connection, on a new one", async () => {
    patience = 1;
    for (const text of ["a", "b", "c"]) expect(await echo(text)).to.equal(text);
    expect(sockets.size).to.equal(3);
    patience = 0;
    expect(await echo("d").catch((error: unknown) => (error as { code: string }).code)).to.equal("ECONNRESET");
  });

  it("never sends twice what must not be, not even where a kept connection was closed", async () => {
    patience = 1;
    let requests = 0;
    server.on("request", () => requests++);
    expect(await echo("a")).to.equal("a");
    const pay = async () => sendRequest(url, { method: "POST", headers: {}, signal, once: true });
    (await pay()).discard();
    expect([sockets.size, requests], "not over the connection that is about to be closed").to.deep.equal([2, 2]);
    patience = 0;
    expect(await pay().catch((error: unknown) => (error as { code: string }).code)).to.equal("ECONNRESET");
    expect(requests).to.equal(3);
  });

  it("asks no second time where a kept connection breaks in the middle of an answer", async () => {
    let requests = 0;
    const breaking = createServer((request, response) => {
      request.resume();
      if (++requests !== 2) return void response.end("whole");
      response.writeHead(200, { "content-length": "1000000" }).write("some");
      setTimeout(() => request.socket.resetAndDestroy(), 50);
    }).listen(0, "127.0.0.1");
    await once(breaking, "listening");
    const asked = { method: "GET", headers: {}, signal };
    const base = `http://127.0.0.1:${(breaking.address() as AddressInfo).port}/`;
    try {
      await collect((await sendRequest(base, asked)).body!);
      const broken = await collect((await sendRequest(base, asked)).body!).catch((error: unknown) => error);
      expect(broken).to.be.an.instanceOf(Error);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(requests).to.equal(2);
    } finally {
      breaking.closeAllConnections();
      breaking.close();
    }
  });

  it("gives up a body, and its connection, that nobody reads", async () => {
    const body = Buffer.alloc(5_000_000);
    const answer = await sendRequest(url, { method: "POST", headers: {}, body, signal });
    const [socket] = [...sockets] as [NodeJS.EventEmitter];
    const closed = new Promise((resolve) => socket.on("error", () => undefined).on("close", resolve));
    answer.discard();
    await closed;
    expect(await echo("next")).to.equal("next");
  });

  it("stops for its signal", async () => {
    const failed = sendRequest(url, { method: "GET", headers: {}, signal: AbortSignal.abort() });
    expect(await failed.catch((error: unknown) => (error as Error).name)).to.equal("AbortError");
  });
});
