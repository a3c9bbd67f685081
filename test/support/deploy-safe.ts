import { concat, Contract, ContractFactory, type InterfaceAbi, type Signer, type Wallet, ZeroAddress } from "ethers";
import { readFile } from "node:fs/promises";

const safePackage = import.meta.resolve("@safe-global/safe-contracts/package.json");

/** Artifacts of `@safe-global/safe-contracts` 1.4.1, as the package brings them. */
async function readArtifact(file: string): Promise<{ abi: InterfaceAbi; bytecode: string }> {
  const text = await readFile(new URL(`build/artifacts/contracts/${file}.json`, safePackage), "utf8");
  return JSON.parse(text) as { abi: InterfaceAbi; bytecode: string };
}

async function deploy(file: string, signer: Signer): Promise<Contract> {
  const { abi, bytecode } = await readArtifact(file);
  const contract = await new ContractFactory(abi, bytecode, signer).deploy();
  await contract.waitForDeployment();
  return contract as Contract;
}

export interface TestSafe {
  /** Checksummed. */
  readonly address: string;
  /** The Safe, called by who deployed it. */
  readonly contract: Contract;
  /** Signs a message as the Safe itself: a transaction of the Safe to SignMessageLib, signed by these owners. */
  signOnChain(message: string, owners: readonly Wallet[]): Promise<void>;
  /** How many owners have to sign from now on; signed by these. */
  changeThreshold(threshold: number, owners: readonly Wallet[]): Promise<void>;
}

/** A real Safe behind its real proxy, with the fallback handler that answers ERC-1271. */
export async function deploySafe(signer: Signer, owners: readonly string[], threshold: number): Promise<TestSafe> {
  const singleton = await deploy("Safe.sol/Safe", signer);
  const factory = await deploy("proxies/SafeProxyFactory.sol/SafeProxyFactory", signer);
  const handler = await deploy("handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler", signer);
  const library = await deploy("libraries/SignMessageLib.sol/SignMessageLib", signer);
  const setup = singleton.interface.encodeFunctionData("setup", [
    ...[[...owners], threshold, ZeroAddress, "0x", await handler.getAddress()],
    ...[ZeroAddress, 0, ZeroAddress],
  ]);
  const create = factory.getFunction("createProxyWithNonce");
  const address = (await create.staticCall(await singleton.getAddress(), setup, 0)) as string;
  await (await create.send(await singleton.getAddress(), setup, 0)).wait();
  const contract = new Contract(address, singleton.interface, signer);
  /** @param operation 0: a call, 1: a delegate call */
  const execute = async (to: string, data: string, operation: 0 | 1, by: readonly Wallet[]) => {
    const [none, nonce] = [ZeroAddress, (await contract.getFunction("nonce").staticCall()) as bigint];
    const call = [to, 0, data, operation, 0, 0, 0, none, none] as const;
    const hash = (await contract.getFunction("getTransactionHash").staticCall(...call, nonce)) as string;
    const sorted = [...by].sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
    const signatures = concat(sorted.map(({ signingKey }) => signingKey.sign(hash).serialized));
    await (await contract.getFunction("execTransaction").send(...call, signatures)).wait();
  };
  return {
    ...{ address, contract },
    async signOnChain(message, by) {
      const data = library.interface.encodeFunctionData("signMessage", [message]);
      await execute(await library.getAddress(), data, 1, by);
    },
    changeThreshold: (threshold, by) =>
      execute(address, contract.interface.encodeFunctionData("changeThreshold", [threshold]), 0, by),
  };
}

/** Lets a contract act for an account (EIP-7702), by a transaction of the account itself. */
export async function delegateTo(wallet: Wallet, contract: string): Promise<void> {
  const nonce = await wallet.getNonce();
  const authorization = await wallet.authorize({ address: contract, nonce: nonce + 1 });
  await (await wallet.sendTransaction({ type: 4, to: ZeroAddress, authorizationList: [authorization] })).wait();
}
