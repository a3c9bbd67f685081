import type { Command } from "commander";
import { makeChunk } from "../../bmt/chunk.js";
import { CHUNK_SIZE, SPAN_SIZE } from "../../bmt/constants.js";
import { decodeSpan } from "../../bmt/span.js";
import { toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { readSmallFile } from "../../files/read-file.js";
import { writeFileWhole } from "../../files/write-file.js";
import { makeOwnedChunk, type OwnedChunk } from "../../owned/owned-chunk.js";
import type { Context } from "../context.js";
import { formatAddress } from "../format-owner.js";
import {
  addExamples,
  addKeyOptions,
  type KeyOptions,
  openWallet,
  parseBytes32,
  parseOwner,
  withContext,
} from "../options.js";

interface GetOptions {
  readonly out?: string;
}

/** Longer files are not read to their end, only to say what is wrong with them. */
const MAX_FILE = 1 << 20;

export function addSocCommand(program: Command): void {
  const soc = program
    .command("soc")
    .description("owned chunks: up to 4,096 bytes that a key vouches for, at an address of its own");
  const put = addKeyOptions(soc.command("put"), "the chunk's owner")
    .description("sign a file of up to 4,096 bytes and put it under an identifier")
    .argument("<id>", "the identifier, 64 hexadecimal digits", parseBytes32)
    .argument("<file>", "the payload")
    .action(async (id: Uint8Array, file: string, options: KeyOptions, command: Command) =>
      withContext(command, (context) => putCommand(context, id, file, options)),
    );
  addExamples(
    put,
    `soc put ${"5c".repeat(32)} approval.bin --key member.json`,
    `soc put ${"5c".repeat(32)} approval.bin --key member.json --password-file member.pass --json`,
  );
  const get = soc
    .command("get")
    .description("read an owned chunk and check its signature; its owner may have signed another one since")
    .argument("<owner>", "Ethereum address of the owner's key", parseOwner)
    .argument("<id>", "the identifier, 64 hexadecimal digits", parseBytes32)
    .option("--out <file>", "write the payload there, instead of printing it in hexadecimal")
    .action(async (owner: Uint8Array, id: Uint8Array, options: GetOptions, command: Command) =>
      withContext(command, (context) => getCommand(context, owner, id, options)),
    );
  const owner = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  addExamples(
    get,
    `soc get ${owner} ${"5c".repeat(32)} --out approval.bin`,
    `soc get ${owner} ${"5c".repeat(32)} --json | jq -r .payload`,
  );
}

async function putCommand(context: Context, id: Uint8Array, file: string, options: KeyOptions): Promise<void> {
  const payload = await readSmallFile(file, MAX_FILE);
  if (payload.length > CHUNK_SIZE) throw new CatnixError("OWNED_PAYLOAD_TOO_LONG", { file, maxBytes: CHUNK_SIZE });
  const store = context.ownedStore();
  const { signingKey } = await openWallet(options, context.signal);
  const chunk = makeOwnedChunk(signingKey, id, makeChunk(payload.length, payload));
  await context.wait("the Swarm node", store.putOwned(chunk));
  context.print(factsOf(chunk), toHex(chunk.address));
}

async function getCommand(context: Context, owner: Uint8Array, id: Uint8Array, { out }: GetOptions): Promise<void> {
  const chunk = await context.wait("the Swarm node", context.ownedStore().getOwned(owner, id));
  const payload = chunk.wrapped.data.subarray(SPAN_SIZE);
  if (out === undefined) context.print({ ...factsOf(chunk), payload: toHex(payload) }, toHex(payload));
  else {
    await writeFileWhole(out, payload);
    context.print({ ...factsOf(chunk), file: out }, `${payload.length} bytes of ${formatAddress(owner)} in ${out}`);
  }
}

/** `span` is more than the payload's size where the chunk is the root of a longer file. */
function factsOf({ address, owner, id, wrapped }: OwnedChunk): object {
  return {
    ...{ address: toHex(address), owner: formatAddress(owner), id: toHex(id) },
    ...{ wrapped: toHex(wrapped.address), span: Number(decodeSpan(wrapped.data)) },
  };
}
