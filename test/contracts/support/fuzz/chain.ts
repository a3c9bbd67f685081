import { Interface, toQuantity, Wallet, ZeroAddress, type Log } from "ethers";
import { network } from "hardhat";

type Connection = Awaited<ReturnType<typeof network.create>>;

/** How a transaction ended. */
export type Sent = { readonly logs: readonly Log[] } | { readonly revertData: string };

const manyCalls = new Interface([
  "function ask(address target, bytes[] questions) view returns (bool[] holds, bytes[] answers)",
]);
const GAS = toQuantity(10_000_000);

/** A Hardhat chain of its own, spoken to in JSON-RPC: thousands of calls go through it, each a block. */
export class FuzzChain {
  #asker = "";

  private constructor(private readonly connection: Connection) {}

  static async create(): Promise<FuzzChain> {
    const chain = new FuzzChain(await network.create());
    chain.#asker = await chain.deploy("ManyCalls");
    return chain;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  async deploy(name: string, args: unknown[] = []): Promise<string> {
    return await (await this.connection.ethers.deployContract(name, args)).getAddress();
  }

  /** Some account that is nobody's else. */
  async stranger(index: number): Promise<string> {
    return (await this.connection.ethers.getSigners())[index]!.address;
  }

  async chainId(): Promise<bigint> {
    return BigInt((await this.#request("eth_chainId")) as string);
  }

  async now(): Promise<bigint> {
    return BigInt((await this.connection.ethers.provider.getBlock("latest"))!.timestamp);
  }

  async code(address: string): Promise<string> {
    return (await this.#request("eth_getCode", address, "latest")) as string;
  }

  async setCode(address: string, code: string): Promise<void> {
    await this.#request("hardhat_setCode", address, code);
  }

  /** Lets `address` send transactions, whoever has its key. */
  async impersonate(address: string): Promise<void> {
    await this.#request("hardhat_impersonateAccount", address);
    await this.#request("hardhat_setBalance", address, toQuantity(10n ** 24n));
  }

  /** Sets an account's EIP-7702 delegation by a transaction of its own. */
  async delegate(privateKey: string, to: string): Promise<void> {
    const wallet = new Wallet(privateKey, this.connection.ethers.provider);
    await this.#request("hardhat_setBalance", wallet.address, toQuantity(10n ** 24n));
    const authorization = await wallet.authorize({ address: to, nonce: (await wallet.getNonce()) + 1 });
    const sent = await wallet.sendTransaction({ type: 4, to: ZeroAddress, authorizationList: [authorization] });
    await sent.wait();
  }

  async snapshot(): Promise<string> {
    return (await this.#request("evm_snapshot")) as string;
  }

  async revert(snapshot: string): Promise<void> {
    await this.#request("evm_revert", snapshot);
  }

  /** Sends a transaction in a block of time `now`. */
  async send(from: string, to: string, data: string, now: bigint): Promise<Sent> {
    await this.#request("evm_setNextBlockTimestamp", toQuantity(now));
    let hash: unknown;
    try {
      hash = await this.#request("eth_sendTransaction", { from, to, data, gas: GAS });
    } catch (error) {
      const revertData = (error as { data?: unknown }).data;
      if (typeof revertData !== "string") throw error;
      return { revertData };
    }
    return { logs: ((await this.#request("eth_getTransactionReceipt", hash)) as { logs: Log[] }).logs };
  }

  /** The root of the contract's storage trie. */
  async storageHash(address: string): Promise<string> {
    const proof = (await this.#request("eth_getProof", address, [], "latest")) as { storageHash: string };
    return proof.storageHash;
  }

  /** The data of many questions to a contract, for {@link ask}. */
  static questionnaire(target: string, questions: readonly string[]): string {
    return manyCalls.encodeFunctionData("ask", [target, questions]);
  }

  /** What is answered to a questionnaire, at the latest block: for {@link readAnswers}. */
  async ask(questionnaire: string): Promise<string> {
    return (await this.#request("eth_call", { to: this.#asker, data: questionnaire, gas: GAS }, "latest")) as string;
  }

  /** One answer for each question: `undefined` where it reverts. */
  static readAnswers(answer: string): (string | undefined)[] {
    const [holds, answers] = manyCalls.decodeFunctionResult("ask", answer) as unknown as [boolean[], string[]];
    return Array.from(answers, (text, i) => (holds[i] ? text : undefined));
  }

  /** What a contract answers to one question. */
  async askOne(to: string, data: string): Promise<string> {
    return (await this.#request("eth_call", { to, data, gas: GAS }, "latest")) as string;
  }

  async #request(method: string, ...params: unknown[]): Promise<unknown> {
    return await this.connection.provider.request({ method, params });
  }
}
