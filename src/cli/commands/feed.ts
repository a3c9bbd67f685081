import { type Command, InvalidArgumentError, Option } from "commander";
import { fileAddress } from "../../bmt/file-hasher.js";
import { fromHex, toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { buildFeedManifest } from "../../mantaray/site-metadata.js";
import { type Feed, makeReferenceUpdate, topicOf } from "../../owned/feed.js";
import { ownerOf } from "../../owned/signature.js";
import { readFeed, updateFeed } from "../../swarm/feeds.js";
import type { Context } from "../context.js";
import { FeedLog } from "../feed-log.js";
import { formatTime } from "../format.js";
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

interface TopicOptions {
  readonly topic?: Uint8Array;
  readonly topicHex?: Uint8Array;
}

interface UpdateOptions extends TopicOptions, KeyOptions {
  readonly index?: number;
}

export function addFeedCommand(program: Command): void {
  const feed = program.command("feed").description("feeds: a name that stays for content that changes, such as a site");
  const update = addKeyOptions(addTopicOptions(feed.command("update")), "the feed's owner")
    .description("let the feed name other content from now on; one machine at a time may write a feed")
    .argument("<reference>", "what it shall name: an address on Swarm, 64 hexadecimal digits", parseBytes32)
    .addOption(new Option("--index <number>", "the update's number; else the one after the last").argParser(parseIndex))
    .action(async (reference: Uint8Array, options: UpdateOptions, command: Command) =>
      withContext(command, (context) => updateCommand(context, reference, options)),
    );
  addExamples(
    update,
    `feed update ${"5c".repeat(32)} --topic site --key site-owner.json`,
    `feed update ${"5c".repeat(32)} --topic site --index 12 --key site-owner.json --json`,
  );
  const get = addTopicOptions(feed.command("get"))
    .description("what the feed's last update names, its signature checked; that none is newer is not proved")
    .argument("<owner>", "Ethereum address of the owner's key", parseOwner)
    .action(async (owner: Uint8Array, options: TopicOptions, command: Command) =>
      withContext(command, (context) => getCommand(context, owner, options)),
    );
  const owner = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  addExamples(
    get,
    `feed get ${owner} --topic site`,
    `feed get ${owner} --topic site --json | jq -r .reference`,
    `feed get ${owner} --topic-hex ${"5c".repeat(32)}`,
  );
}

function addTopicOptions(command: Command): Command {
  return command
    .addOption(new Option("--topic <name>", "the topic by its name, which is hashed").argParser(topicOf))
    .addOption(
      new Option("--topic-hex <hex>", "the topic itself, 64 hexadecimal digits")
        .argParser(parseBytes32)
        .conflicts("topic"),
    );
}

async function updateCommand(context: Context, reference: Uint8Array, options: UpdateOptions): Promise<void> {
  const topic = requireTopic(options);
  const [files, store] = [context.store(), context.ownedStore()];
  const { signingKey } = await openWallet(options, context.signal);
  const wrapped = makeReferenceUpdate(reference, Math.floor(Date.now() / 1000));
  const feed = { owner: ownerOf(signingKey), topic };
  const log = context.keep(new FeedLog(context.stateFile("feeds.sqlite")));
  const { index, chunk } = await context.wait(
    "the Swarm node",
    updateFeed(store, signingKey, topic, wrapped, { index: options.index, after: log.findLast(feed, Date.now()) }),
  );
  log.add(feed, index, Date.now());
  // Two small files, the same each time: with them `/bzz` shows what the feed names.
  await buildFeedManifest(feed).save(async (bytes) => fromHex((await files.write(bytes)).address, 32));
  const facts = { index, reference: toHex(reference), address: toHex(chunk.address) };
  const name = await nameOf(feed);
  context.print({ ...facts, ...name }, `update ${index}: ${toHex(reference)}\nname ${name.manifest}`);
}

async function getCommand(context: Context, owner: Uint8Array, options: TopicOptions): Promise<void> {
  const feed = { owner, topic: requireTopic(options) };
  const { index, chunk, update } = await context.wait("the Swarm node", readFeed(context.ownedStore(), feed));
  const reference = toHex(update.kind === "reference" ? update.reference : update.root.address);
  const time = update.kind === "reference" ? { time: update.timestamp } : {};
  const name = await nameOf(feed);
  const facts = { index, kind: update.kind, reference, ...time, address: toHex(chunk.address), ...name };
  const when = update.kind === "reference" ? `, of ${formatTime(update.timestamp)}` : ", its content in the update";
  context.print(facts, `update ${index}${when}: ${reference}\nname ${name.manifest}`);
}

/** Which feed it is, and the address under which `/bzz` shows what it names. */
async function nameOf(feed: Feed): Promise<{ owner: string; topic: string; manifest: string }> {
  const manifest = await buildFeedManifest(feed).save((bytes) => Promise.resolve(fileAddress(bytes)));
  return { owner: formatAddress(feed.owner), topic: toHex(feed.topic), manifest: toHex(manifest) };
}

/** Before anybody is asked for a password. @throws CatnixError USAGE */
function requireTopic({ topic, topicHex }: TopicOptions): Uint8Array {
  const given = topic ?? topicHex;
  if (given === undefined) throw new CatnixError("USAGE", { reason: "give one of --topic and --topic-hex" });
  return given;
}

function parseIndex(text: string): number {
  if (!/^(0|[1-9][0-9]{0,14})$/.test(text)) throw new InvalidArgumentError("a whole number from 0");
  return Number(text);
}
