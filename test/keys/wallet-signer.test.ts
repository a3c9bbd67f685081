import { expect } from "chai";
import { Signature, Wallet } from "ethers";
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BATCH_TYPES, domainOf, toTypedBatch } from "../../src/cat/batch.js";
import { COUNCIL_TYPES, toTypedCouncil } from "../../src/cat/council.js";
import { isSignatureOf, type TypedData } from "../../src/keys/typed-data.js";
import { WalletSigner } from "../../src/keys/wallet-signer.js";
import { startAnvil } from "../support/anvil.js";
import { codeOf } from "../support/code-of.js";
import { sampleBatch } from "../support/sample-batch.js";
import { startTestWallet, type TestWallet, WalletError } from "../support/test-wallet.js";
import { wellKnownKey } from "../support/well-known-key.js";

const registry = { chainId: 31_337, registry: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const alice = new Wallet(wellKnownKey(1));
const typed: TypedData = { domain: domainOf(registry), types: BATCH_TYPES, value: toTypedBatch(sampleBatch) };
const council: TypedData = {
  domain: domainOf(registry),
  types: COUNCIL_TYPES,
  value: toTypedCouncil({
    ...{ seq: 3, parent: sampleBatch.parent, members: [alice.address, new Wallet(wellKnownKey(2)).address].sort() },
    ...{ publishThreshold: 1, councilThreshold: 2, guardian: alice.address, charter: "00".repeat(32), deadline: 5 },
  }),
};

describe("WalletSigner", () => {
  const started: TestWallet[] = [];
  async function start(options?: Parameters<typeof startTestWallet>[1]): Promise<TestWallet> {
    const wallet = await startTestWallet([wellKnownKey(1)], options);
    started.push(wallet);
    return wallet;
  }
  afterEach(async () => {
    await Promise.all(started.splice(0).map((wallet) => wallet.close()));
  });
  const open = ({ url }: { url: string }, address = alice.address) => WalletSigner.open(url, address);
  const sign = async (wallet: { url: string }, { domain, types, value } = typed) =>
    (await open(wallet)).signTypedData(domain, types, value);

  it("signs what ethers signs, from JSON that says all of it", async () => {
    const wallet = await start();
    expect(await sign(wallet)).to.equal(await alice.signTypedData(typed.domain, typed.types, typed.value));
    const { domain, types, value } = council;
    expect(await sign(wallet, council)).to.equal(await alice.signTypedData(domain, types, value));
  });

  it("is understood by a wallet of other make: anvil's", async () => {
    const anvil = await startAnvil();
    try {
      const signature = await sign({ url: anvil.rpcUrl });
      expect(isSignatureOf(typed, alice.address, signature)).to.equal(true);
      await sign({ url: anvil.rpcUrl }, council);
    } finally {
      await anvil.close();
    }
  });

  it("says what a person has to do, once there is something to do", async () => {
    const wallet = await start();
    const told: string[] = [];
    const signer = await WalletSigner.open(wallet.url, alice.address, { onWait: (text) => told.push(text) });
    expect(told).to.deep.equal([]);
    await signer.signTypedData(typed.domain, typed.types, typed.value);
    expect(told).to.have.length(1);
  });

  const spelt: [how: string, spell: (signature: Signature) => string][] = [
    ["v as 0 or 1", ({ r, s, yParity }) => `${r}${s.slice(2)}0${yParity}`],
    ["64 bytes", ({ compactSerialized }) => compactSerialized],
    ["upper case", ({ serialized }) => `0x${serialized.slice(2).toUpperCase()}`],
  ];
  for (const [how, spell] of spelt)
    it(`takes a signature with ${how}, and spells it as the registry wants it`, async () => {
      const wallet = await start();
      wallet.rule = (method, result) =>
        method === "eth_signTypedData_v4" ? spell(Signature.from(result as string)) : result;
      expect(await sign(wallet)).to.equal(await alice.signTypedData(typed.domain, typed.types, typed.value));
    });

  /** Fails only where it signs. */
  const whenSigning = (answer: (result: unknown) => unknown) => (method: string, result: unknown) =>
    method === "eth_signTypedData_v4" ? answer(result) : result;
  const refuse = (code: number, message: string) => () => {
    throw new WalletError(code, message);
  };
  const curve = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const withHighS = (text: unknown) => {
    const { r, s, yParity } = Signature.from(text as string);
    return `${r}${(curve - BigInt(s)).toString(16).padStart(64, "0")}${yParity === 0 ? "1c" : "1b"}`;
  };
  const faults: [what: string, code: string, rule: TestWallet["rule"]][] = [
    ["a person who says no", "WALLET_REJECTED", whenSigning(refuse(4001, "User rejected the request"))],
    ["clef's no", "WALLET_REJECTED", whenSigning(refuse(-32_000, "request denied"))],
    ["another refusal", "WALLET_REFUSED", whenSigning(refuse(-32_000, "wallet is locked"))],
    [
      "another's signature",
      "WALLET_ANSWER_INVALID",
      whenSigning(() => new Wallet(wellKnownKey(2)).signMessageSync("")),
    ],
    [
      "a signature that was altered",
      "WALLET_ANSWER_INVALID",
      whenSigning((it) => `${String(it).slice(0, 20)}00000000${String(it).slice(28)}`),
    ],
    ["a high s", "WALLET_ANSWER_INVALID", whenSigning(withHighS)],
    ["no signature", "WALLET_ANSWER_INVALID", whenSigning(() => null)],
    ["text for a signature", "WALLET_ANSWER_INVALID", whenSigning(() => "signed!")],
    ["a list for the chain", "WALLET_ANSWER_INVALID", (method, it) => (method === "eth_chainId" ? [] : it)],
    ["no list of accounts", "WALLET_ANSWER_INVALID", (method, it) => (method === "eth_accounts" ? ["me"] : it)],
    [
      "an answer without end",
      "WALLET_ANSWER_INVALID",
      (method, it) => (method === "eth_accounts" ? ["a".repeat(2 << 20)] : it),
    ],
    ["no account that it offers", "WALLET_ACCOUNT_MISSING", (method, it) => (method === "eth_accounts" ? [] : it)],
    ["a broken connection", "WALLET_UNREACHABLE", () => Promise.reject(new Error("gone"))],
  ];
  for (const [what, code, rule] of faults)
    it(`refuses ${what}: ${code}`, async () => {
      const wallet = await start();
      wallet.rule = rule;
      expect(await codeOf(() => sign(wallet))).to.equal(code);
    });

  it("refuses an account that the wallet has not, a wallet on another chain, one that is not there", async () => {
    const wallet = await start({ chainId: 100 });
    const nobody = new Wallet(wellKnownKey(9)).address;
    expect(await codeOf(() => open(wallet, nobody))).to.equal("WALLET_ACCOUNT_MISSING");
    expect(await codeOf(() => sign(wallet))).to.equal("WALLET_WRONG_CHAIN");
    expect(wallet.calls.some(({ method }) => method === "eth_signTypedData_v4")).to.equal(false);
    await started.pop()!.close();
    expect(await codeOf(() => open(wallet))).to.equal("WALLET_UNREACHABLE");
  });

  describe("with a server that is no wallet", () => {
    let server: Server;
    let respond: (outgoing: ServerResponse) => void;
    beforeEach(async () => {
      server = createServer((_incoming, outgoing) => respond(outgoing)).listen(0, "127.0.0.1");
      await once(server, "listening");
    });
    afterEach(async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    });
    const url = (user = "") => `http://${user}127.0.0.1:${(server.address() as AddressInfo).port}`;

    const answers: [what: string, status: number, body: string, code: string][] = [
      ["a page", 200, "<html>", "WALLET_ANSWER_INVALID"],
      ["null", 200, "null", "WALLET_ANSWER_INVALID"],
      ["an error without a code", 200, '{"error":"no"}', "WALLET_ANSWER_INVALID"],
      ["an error that is no text", 200, '{"error":{"code":1,"message":{"toString":1}}}', "WALLET_ANSWER_INVALID"],
      ["lists in lists", 200, `{"result":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, "WALLET_ANSWER_INVALID"],
      ["a way to another server", 307, "", "WALLET_UNREACHABLE"],
      ["a failure", 502, "bad gateway", "WALLET_UNREACHABLE"],
      ["a refusal with a status", 403, '{"error":{"code":4001,"message":"no"}}', "WALLET_REJECTED"],
      ["no method at all", 200, '{"error":{"code":-32601,"message":"no"}}', "WALLET_REFUSED"],
    ];
    for (const [what, status, body, code] of answers)
      it(`refuses ${what}: ${code}`, async () => {
        respond = (outgoing) => outgoing.writeHead(status, { location: "http://127.0.0.1:1/" }).end(body);
        expect(await codeOf(() => sign({ url: url() }))).to.equal(code);
      });

    it("sends a password in the URL as a header, and shows it nowhere", async () => {
      let seen: string | undefined;
      server.on("request", ({ headers }) => (seen = headers.authorization));
      respond = (outgoing) => outgoing.end('{"error":{"code":-1,"message":"not for hunter2secret"}}');
      const error = await open({ url: url("me:hunter2secret@") }).catch((it: unknown) => it);
      expect(seen).to.equal(`Basic ${Buffer.from("me:hunter2secret").toString("base64")}`);
      expect(JSON.stringify(error)).not.to.include("hunter2secret");
    });

    it("gives up a wallet that stays silent, and ends at once when it is told to", async () => {
      respond = () => undefined;
      expect(await codeOf(() => WalletSigner.open(url(), alice.address, { waitMs: 50 }))).to.equal(
        "WALLET_UNREACHABLE",
      );
      const stop = new AbortController();
      const waiting = WalletSigner.open(url(), alice.address, { signal: stop.signal });
      server.once("request", () => stop.abort(new DOMException("SIGINT", "AbortError")));
      const error = await waiting.catch((it: unknown) => it);
      expect(error).to.equal(stop.signal.reason);
    });
  });
});
