import { expect } from "chai";
import { readFileSync } from "node:fs";
import { parseBlockHeader, requireBlockHeader } from "../../src/state-proof/block-header.js";
import { startAnvil } from "../support/anvil.js";
import { codeOf } from "../support/code-of.js";

type Fields = Record<string, unknown>;

/** Blocks of public chains as endpoints answer `eth_getBlockByNumber`, without what is in no header; `block` says which. */
const BLOCKS = JSON.parse(
  readFileSync(new URL("../vectors/chain/block-headers.json", import.meta.url), "utf8"),
) as (Fields & { hash: string; number: string; timestamp: string; stateRoot: string })[];

describe("block header", () => {
  for (const block of BLOCKS)
    it(`of ${String(block["block"])} hashes to the block's hash`, () => {
      expect(parseBlockHeader(block)).to.deep.equal({
        hash: block.hash,
        number: Number(block.number),
        time: Number(block.timestamp),
        stateRoot: block.stateRoot,
      });
    });

  for (const fork of ["shanghai", "cancun", "prague", "osaka"])
    it(`of ${fork} hashes to what another implementation says (anvil)`, async () => {
      const anvil = await startAnvil(["--hardfork", fork]);
      try {
        const body = { jsonrpc: "2.0", id: 1, method: "eth_getBlockByNumber", params: ["latest", false] };
        const headers = { "content-type": "application/json" };
        const answer = await fetch(anvil.rpcUrl, { method: "POST", headers, body: JSON.stringify(body) });
        const { result } = (await answer.json()) as { result: { hash: string } };
        expect(parseBlockHeader(result).hash).to.equal(result.hash);
      } finally {
        await anvil.close();
      }
    });

  const sample = BLOCKS.at(-1)!;

  it("does not look at the hash that the answer claims, nor at what is in no header", () => {
    const other = { ...sample, hash: "0x00", size: "no size", transactions: 5 };
    expect(requireBlockHeader(other, sample.hash).hash).to.equal(sample.hash);
  });

  it("is refused as BLOCK_HEADER_MISMATCH with any other value of any field", async () => {
    const inHeader = Object.keys(sample).filter((name) => !["hash", "size", "block"].includes(name));
    expect(inHeader).to.have.length(21);
    for (const name of inHeader) {
      const text = String(sample[name]);
      const other = text === "0x" ? "0x00" : text.replace(/.$/, (digit) => (digit === "1" ? "2" : "1"));
      expect(await codeOf(() => requireBlockHeader({ ...sample, [name]: other }, sample.hash)), name).to.equal(
        "BLOCK_HEADER_MISMATCH",
      );
    }
  });

  it("is refused as BLOCK_HEADER_INVALID where a field is missing or none", async () => {
    const bad: [string, unknown][] = [
      ["parentHash", undefined],
      ["stateRoot", null],
      ["stateRoot", "0x1234"],
      ["stateRoot", `${sample.stateRoot}00`],
      ["stateRoot", sample.stateRoot.slice(2)],
      ["number", null],
      ["number", "0x"],
      ["number", "0x01"],
      ["number", "12"],
      ["number", 12],
      ["number", "0x20000000000000"],
      ["timestamp", "0x10000000000"],
      ["gasUsed", "0x10000000000000000"],
      ["difficulty", `0x1${"0".repeat(64)}`],
      ["extraData", "0x1"],
      ["extraData", `0x${"00".repeat(4097)}`],
      ["logsBloom", "0x00"],
      ["nonce", "0x0"],
      ["baseFeePerGas", undefined], // with what later forks added
      ["withdrawalsRoot", null],
    ];
    for (const [name, value] of bad)
      expect(await codeOf(() => parseBlockHeader({ ...sample, [name]: value })), `${name} ${String(value)}`).to.equal(
        "BLOCK_HEADER_INVALID",
      );
    for (const none of [null, undefined, "0x", 5, [], {}])
      expect(await codeOf(() => parseBlockHeader(none))).to.equal("BLOCK_HEADER_INVALID");
  });
});
