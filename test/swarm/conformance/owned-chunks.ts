import { randomBytes } from "node:crypto";
import { Bee } from "@ethersphere/bee-js";
import { expect } from "chai";
import { SigningKey } from "ethers";
import { makeChunk } from "../../../src/bmt/chunk.js";
import { toHex } from "../../../src/encoding/hex.js";
import { makeOwnedChunk, ownedAddress } from "../../../src/owned/owned-chunk.js";
import { ownerOf } from "../../../src/owned/signature.js";
import { codeOf } from "../../support/code-of.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { eventually, type OwnedBackend } from "./eventually.js";

/** Owned chunks: by this project, by bee-js, and over HTTP as it is. */
export function describeOwnedChunks(backend: OwnedBackend): void {
  describe("owned chunks", () => {
    // A new owner each time, so that nothing is there yet, wherever this runs.
    const secret = toHex(randomBytes(32));
    const key = new SigningKey(`0x${secret}`);
    const owner = ownerOf(key);
    const id = (number: number) => pseudoRandomBytes(32, number);
    const sign = (number: number, payload: Uint8Array) =>
      makeOwnedChunk(key, id(number), makeChunk(payload.length, payload));
    const deferred = () => !backend.capabilities.peers;

    for (const size of [0, 1, 32, 4096])
      it(`keep a payload of ${size} bytes`, async () => {
        const chunk = sign(size, pseudoRandomBytes(size, 7));
        expect(await backend.writer.putOwned(chunk)).to.equal(toHex(chunk.address));
        const read = await eventually(backend, () => backend.reader.getOwned(owner, id(size)));
        expect(read).to.deep.equal({ ...chunk, data: read.data });
        expect(Buffer.compare(read.data, chunk.data)).to.equal(0);
      });

    it("keep the root chunk of a file", async () => {
      const chunk = makeOwnedChunk(key, id(5), makeChunk(5000, pseudoRandomBytes(64, 5)));
      await backend.writer.putOwned(chunk);
      const { wrapped } = await eventually(backend, () => backend.reader.getOwned(owner, id(5)));
      expect(Buffer.compare(wrapped.data, chunk.wrapped.data)).to.equal(0);
    });

    it("are read as any chunk is", async () => {
      const chunk = sign(6, Buffer.from("by its address"));
      await backend.writer.putOwned(chunk);
      await eventually(backend, async () => {
        const response = await fetch(`${backend.readUrl}/chunks/${toHex(chunk.address)}`);
        expect([response.status, Buffer.compare(await response.bytes(), chunk.data)]).to.deep.equal([200, 0]);
      });
    });

    it("of bee-js are read here, and those made here by bee-js", async () => {
      const [writer, reader] = [new Bee(backend.url), new Bee(backend.readUrl)];
      await writer
        .makeSOCWriter(secret)
        .upload(backend.batchId, id(10), Buffer.from("theirs"), { deferred: deferred() });
      const { wrapped } = await eventually(backend, () => backend.reader.getOwned(owner, id(10)));
      expect(Buffer.from(wrapped.data.subarray(8)).toString()).to.equal("theirs");
      await backend.writer.putOwned(sign(11, Buffer.from("ours")));
      const read = await eventually(backend, () => reader.makeSOCReader(owner).download(id(11)));
      expect(read.payload.toUtf8()).to.equal("ours");
      expect(read.owner.toHex()).to.equal(toHex(owner));
    });

    it("are replaced by their owner, but on a Bee without peers, which keeps the first", async () => {
      const { peers, chain } = backend.capabilities;
      for (const text of ["first", "second, which is longer"])
        await backend.writer.putOwned(sign(12, Buffer.from(text)));
      await eventually(backend, async () => {
        const { wrapped } = await backend.reader.getOwned(owner, id(12));
        const expected = chain && !peers ? "first" : "second, which is longer";
        expect(Buffer.from(wrapped.data.subarray(8)).toString()).to.equal(expected);
      });
    });

    it("are read in their one form, where somebody put another form of one in its place", async () => {
      const chunk = sign(15, Buffer.from("signed"));
      const order = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;
      const s = order - BigInt(`0x${toHex(chunk.signature.subarray(32, 64))}`);
      const twin = toHex(chunk.signature.subarray(0, 32)) + s.toString(16).padStart(64, "0");
      const v = toHex(Uint8Array.of(55 - chunk.signature[64]!));
      const response = await fetch(`${backend.url}/soc/${toHex(owner)}/${toHex(chunk.id)}?sig=${twin}${v}`, {
        method: "POST",
        headers: { "swarm-postage-batch-id": backend.batchId, "swarm-deferred-upload": String(deferred()) },
        body: Buffer.concat([chunk.wrapped.data, new Uint8Array(100)]),
      });
      expect(response.status).to.equal(201);
      const read = await eventually(backend, () => backend.reader.getOwned(owner, chunk.id));
      expect(Buffer.compare(read.data, chunk.data)).to.equal(0);
    });

    it("are not there where nobody put one", async () => {
      expect(await codeOf(() => backend.reader.getOwned(owner, id(99)))).to.equal("SWARM_NOT_FOUND");
    });

    it("are refused where their owner did not sign them, or they are none", async () => {
      const good = sign(13, Buffer.from("signed"));
      const batch = { "swarm-postage-batch-id": backend.batchId, "swarm-deferred-upload": String(deferred()) };
      const [signer, name, signature] = [toHex(owner), toHex(good.id), toHex(good.signature)];
      const post = (path: string, body: Uint8Array = good.wrapped.data, headers: Record<string, string> = batch) =>
        fetch(`${backend.url}/soc/${path}`, { method: "POST", headers, body: body as Uint8Array<ArrayBuffer> });
      const longer = new Uint8Array(4105);
      for (const [status, path, ...more] of [
        [401, `${"12".repeat(20)}/${name}?sig=${signature}`],
        [401, `${signer}/${toHex(id(14))}?sig=${signature}`],
        [401, `${signer}/${name}?sig=${signature}`, makeChunk(5, Buffer.from("other")).data],
        [401, `${signer}/${name}?sig=${signature.slice(0, -2)}00`],
        [400, `${signer}/${name}`],
        [400, `${signer}/xyz?sig=${signature}`],
        [400, `${signer}/${name}?sig=xyz`],
        [400, `${signer}/${name}?sig=${signature}`, new Uint8Array(7)],
        [413, `${signer}/${name}?sig=${signature}`, longer],
        [400, `${signer}/${name}?sig=${signature}`, good.wrapped.data, {}],
      ] as [number, string, Uint8Array?, Record<string, string>?][]) {
        const response = await post(path, ...more);
        expect(response.status, path).to.equal(status);
        expect(await response.json(), path).to.include({ code: status });
      }
      const response = await fetch(`${backend.readUrl}/chunks/${toHex(ownedAddress(owner, good.id))}`);
      expect(response.status).to.be.oneOf([404, 500]);
      await response.body?.cancel();
    });
  });
}
