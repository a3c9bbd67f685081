import { expect } from "chai";
import { FetchRequest } from "ethers";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { CatnixError } from "../../src/errors/catnix-error.js";
import { connectChain } from "../../src/registry/connect.js";
import { createFetchRpc } from "../../src/registry/fetch-rpc.js";
import { codeOf } from "../support/code-of.js";

const CHAIN_ID = '{"jsonrpc":"2.0","id":1,"result":"0x7a69"}';

describe("connectChain", () => {
  async function withEndpoint(answer: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  const answers = ["<html>please log in</html>", "", "null", "7", "[]", '{"result":null}', '{"error":{"code":-32000}}'];
  for (const body of answers) {
    it(`takes ${JSON.stringify(body)} for no answer, first and later`, async () => {
      await withEndpoint(
        (_request, response) => response.end(body),
        async (url) => void expect(await codeOf(() => connectChain(url))).to.equal("RPC_UNAVAILABLE"),
      );
      let asked = 0;
      await withEndpoint(
        (_request, response) => response.end(asked++ === 0 ? CHAIN_ID : body),
        async (url) => {
          const chain = await connectChain(url, 31337);
          const question = () => chain.ask(() => chain.provider.send("eth_blockNumber", []));
          if (body.startsWith("{")) await question().catch(() => undefined);
          else expect(await codeOf(question)).to.equal("RPC_UNAVAILABLE");
          chain.close();
        },
      );
    });
  }

  it("reads no answer without end", async () => {
    const endless: RequestListener = (_request, response) => {
      const piece = Buffer.alloc(1 << 20, " ");
      const write = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on("drain", write);
      write();
    };
    await withEndpoint(endless, async (url) => {
      expect(await codeOf(() => connectChain(url))).to.equal("RPC_UNAVAILABLE");
    });
  });

  it("gives a slow answer up after its time, byte by byte as it may come", async () => {
    const dripping: RequestListener = (_request, response) => {
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
    };
    await withEndpoint(dripping, async (url) => {
      const request = new FetchRequest(url);
      request.getUrlFunc = createFetchRpc(200);
      const error = await request.send().catch((reason: unknown) => reason);
      expect(error).to.have.property("code", "TIMEOUT");
    });
  });

  it("sends the credentials of a URL, and shows them to nobody", async () => {
    const seen: (string | undefined)[] = [];
    await withEndpoint(
      (request, response) => {
        seen.push(request.headers.authorization);
        response.end(CHAIN_ID);
      },
      async (url) => {
        const secret = `${url.replace("//", "//user:p%40ss@")}/v3/key?token=secret`;
        (await connectChain(secret)).close();
        expect(seen).to.deep.equal([`Basic ${Buffer.from("user:p@ss").toString("base64")}`]);
        const error = await connectChain(secret, 1).catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(CatnixError);
        expect(JSON.stringify(error)).not.to.match(/user|ss@|key|secret/);
      },
    );
  });

  it("shows no secret of a URL that the endpoint repeats", async () => {
    let asked = 0;
    await withEndpoint(
      ({ url, headers }, response) => {
        const error = { code: -32000, message: `no such customer: ${url}, ${headers.authorization}` };
        response.end(asked++ === 0 ? CHAIN_ID : JSON.stringify({ jsonrpc: "2.0", id: 1, error }));
      },
      async (url) => {
        const chain = await connectChain(`${url.replace("//", "//me:geheim@")}/v3/hidden-key?token=verborgen`);
        const question = chain.ask(() => chain.provider.getBlockNumber());
        const error: unknown = await question.catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(CatnixError).and.to.have.property("message").that.includes("no such customer");
        expect(JSON.stringify(error)).not.to.match(/geheim|hidden|verborgen|bWU6Z2Vo/);
        chain.close();
      },
    );
  });
});
