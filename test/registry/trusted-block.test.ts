import { expect } from "chai";
import { type Chain, connectChain } from "../../src/registry/connect.js";
import { agreeOnBlock, readTrustedBlock } from "../../src/registry/trusted-block.js";
import { parseBlockHeader } from "../../src/state-proof/block-header.js";
import { startAnvil } from "../support/anvil.js";
import { codeOf } from "../support/code-of.js";
import { type RpcProxy, type RpcRule, startRpcProxy } from "../support/rpc-proxy.js";

type Block = Record<string, string>;

describe("a block to trust", () => {
  let anvil: Awaited<ReturnType<typeof startAnvil>>;
  let proxies: RpcProxy[];
  let chains: Chain[];
  const HEIGHT = 20;
  before(async () => {
    anvil = await startAnvil();
    proxies = await Promise.all([1, 2, 3].map(() => startRpcProxy(anvil.rpcUrl)));
    chains = await Promise.all(proxies.map(({ url }) => connectChain(url)));
    await chains[0]!.provider.send("anvil_mine", [`0x${HEIGHT.toString(16)}`]);
  });
  after(async () => {
    for (const chain of chains) chain.close();
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await anvil.close();
  });
  afterEach(() => {
    for (const proxy of proxies) proxy.rule = (_call, result) => result;
  });

  const blockAt = (number: number) =>
    chains[2]!.provider.send("eth_getBlockByNumber", [`0x${number.toString(16)}`, false]) as Promise<Block>;
  const real: RpcRule = (_call, result) => result;
  /** It has not seen the last blocks. */
  const lagsBy =
    (blocks: number): RpcRule =>
    async ({ method, params }, result) => {
      if (method !== "eth_getBlockByNumber") return result;
      if (params[0] === "latest") return blockAt(HEIGHT - blocks);
      return Number(params[0]) > HEIGHT - blocks ? null : result;
    };
  /** A block of another chain, in itself without fault. */
  const alter = (block: Block, fields: Block): Block => {
    const altered = { ...block, ...fields };
    return { ...altered, hash: parseBlockHeader(altered).hash };
  };
  /** It has a chain of its own. */
  const forks: RpcRule = ({ method }, result) =>
    method === "eth_getBlockByNumber" && result !== null ? alter(result as Block, { gasUsed: "0x5" }) : result;
  /** It claims a block that is far ahead. */
  const isAhead: RpcRule = ({ method, params }, result) =>
    method === "eth_getBlockByNumber" && params[0] === "latest"
      ? alter(result as Block, { number: "0xffffff" })
      : result;
  /** Its headers have more in them than what is known here. */
  const hasMore: RpcRule = ({ method }, result) =>
    method === "eth_getBlockByNumber" ? { ...(result as Block), hash: `0x${"ab".repeat(32)}` } : result;
  const isDown: RpcRule = ({ method }, result) => (method === "eth_getBlockByNumber" ? "nonsense" : result);

  async function agree(needed: number, ...rules: RpcRule[]) {
    rules.forEach((rule, at) => (proxies[at]!.rule = rule));
    const dissent: string[] = [];
    const onDissent = (url: string) => dissent.push(url);
    const { header, trust, chains: ordered } = await agreeOnBlock(chains, { needed, onDissent });
    expect(ordered).to.have.members(chains);
    if (trust.by === "agreement")
      expect(ordered.slice(0, trust.agreed.length).map(({ rpcUrl }) => rpcUrl)).to.deep.equal(trust.agreed);
    return {
      number: header.number,
      hash: header.hash,
      agreed: trust.by === "agreement" && trust.agreed.length,
      dissent,
    };
  }

  it("is the newest that enough endpoints have", async () => {
    const { hash } = await blockAt(HEIGHT);
    const all = { number: HEIGHT, hash, agreed: 3, dissent: [] };
    expect(await agree(3, real, real, real)).to.deep.equal(all);
    expect(await agree(2, lagsBy(2), real, real)).to.deep.include({ number: HEIGHT, agreed: 2 });
    expect(await agree(3, lagsBy(2), real, real)).to.deep.include({ number: HEIGHT - 2, agreed: 3 });
    expect(await agree(3, lagsBy(9), lagsBy(4), real)).to.deep.include({ number: HEIGHT - 9, agreed: 3 });
  });

  it("is not kept back, nor made up, by fewer endpoints than have to agree", async () => {
    const [first] = chains.map(({ rpcUrl }) => rpcUrl);
    for (const lie of [forks, isAhead, isDown, hasMore, lagsBy(HEIGHT)]) {
      const { hash } = await blockAt(HEIGHT);
      const found = await agree(2, lie, real, real);
      expect(found).to.deep.include({ number: HEIGHT, hash });
      expect(found.dissent).to.deep.equal(lie === isAhead ? [] : [first]);
    }
  });

  it("is BLOCK_NOT_AGREED where too few agree, and LIGHT_AGREE_TOO_MANY where too few are asked", async () => {
    expect(await codeOf(() => agree(2, forks, isDown, real))).to.equal("BLOCK_NOT_AGREED");
    expect(await codeOf(() => agree(3, forks, real, real))).to.equal("BLOCK_NOT_AGREED");
    expect(await codeOf(() => agree(1, isDown, isDown, isDown))).to.equal("BLOCK_NOT_AGREED");
    expect(await codeOf(() => agree(4))).to.equal("LIGHT_AGREE_TOO_MANY");
    for (const proxy of proxies) proxy.rule = real;
    expect(await codeOf(() => agreeOnBlock(chains, { needed: 3, asked: 4 }))).to.equal(undefined);
  });

  it("is none where two blocks have enough endpoints each", async () => {
    expect(await agree(1, lagsBy(1), real, real)).to.deep.include({ number: HEIGHT, agreed: 2 });
    expect(await codeOf(() => agree(1, forks, real, real))).to.equal("BLOCK_NOT_AGREED");
  });

  it("is asked of one endpoint a host, and of one that fails once", async () => {
    const again = await connectChain(`${proxies[0]!.url}/another/path?key=1`);
    try {
      const twice = [chains[0]!, again, chains[1]!];
      proxies[0]!.rule = forks;
      expect(await codeOf(() => agreeOnBlock(twice, { needed: 2 }))).to.equal("BLOCK_NOT_AGREED");
      expect(await codeOf(() => agreeOnBlock(twice, { needed: 3 }))).to.equal("LIGHT_AGREE_TOO_MANY");
    } finally {
      again.close();
    }
    for (const proxy of proxies) proxy.rule = real;
    proxies[0]!.calls.length = 0;
    expect(await codeOf(() => agree(3, isDown, forks, real))).to.equal("BLOCK_NOT_AGREED");
    expect(proxies[0]!.calls).to.have.length(1);
  });

  it("by its hash comes from the first endpoint that has it, whatever the others say", async () => {
    const { hash } = await blockAt(7);
    const altered: RpcRule = ({ method }, result) =>
      method === "eth_getBlockByHash" ? { ...(result as Block), stateRoot: hash } : result;
    const other: RpcRule = ({ method }, result) => (method === "eth_getBlockByHash" ? blockAt(8) : result);
    const none: RpcRule = ({ method }, result) => (method === "eth_getBlockByHash" ? null : result);
    [altered, none].forEach((rule, at) => (proxies[at]!.rule = rule));
    const trusted = await readTrustedBlock(chains, hash!);
    expect(trusted.header).to.include({ number: 7, hash });
    expect(trusted.chains).to.deep.equal([chains[2], chains[0], chains[1]]);
    for (const [rule, code] of [
      [altered, "BLOCK_HEADER_MISMATCH"],
      [other, "BLOCK_HEADER_MISMATCH"],
      [none, "BLOCK_UNKNOWN"],
    ] as const) {
      proxies[0]!.rule = rule;
      expect(await codeOf(() => readTrustedBlock(chains.slice(0, 1), hash!))).to.equal(code);
    }
  });
});
