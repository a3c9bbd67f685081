import { setTimeout } from "node:timers/promises";
import { type Command, Option } from "commander";
import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import {
  adviceFor,
  describeStamp,
  isGrave,
  judgeStamp,
  shortenBatch,
  type StampLimits,
} from "../../swarm/postage/judge-stamp.js";
import { listStamps, type Stamp } from "../../swarm/postage/stamps.js";
import type { Context } from "../context.js";
import { addExamples, parseCount, withContext } from "../options.js";
import { parseBatchId, parseLength, parsePart } from "../parse-postage.js";
import { stampToJson } from "./stamps-list.js";

interface WatchOptions {
  readonly days?: number;
  readonly used?: number;
  readonly every?: number;
}

/** What was found at one look. */
interface Watched {
  readonly batch: string;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  readonly hints: readonly string[];
  readonly stamp?: Stamp;
}

const NONE = "0".repeat(64);

export function addStampsWatchCommand(stamps: Command): void {
  const watch = stamps
    .command("watch")
    .description("look whether a postage batch is about to end or to be full; exits with 1 where one is, for cron")
    .argument(
      "[batches...]",
      "postage batches; else all that the node has, and the configured one",
      (text: string, before: string[] | undefined) => [...(before ?? []), parseBatchId(text)],
    )
    .addOption(new Option("--days <n>", "days left below which to warn; else postage.warnDays").argParser(parseLength))
    .addOption(
      new Option("--used <part>", "part of the fullest bucket, such as 80%; else postage.warnUsed").argParser(
        parsePart,
      ),
    )
    .addOption(
      new Option("--every <seconds>", "look again and again until Ctrl-C, one JSON line each with --json").argParser(
        parseCount,
      ),
    )
    .action(async (batches: string[] | undefined, options: WatchOptions, command: Command) =>
      withContext(command, (context) => watchCommand(context, batches ?? [], options)),
    );
  addExamples(
    watch,
    "stamps watch",
    "stamps watch --days 60 --used 70% --quiet || mail -s 'postage' ops@example.org",
    "stamps watch --every 3600 --json",
  );
}

/** @throws CatnixError STAMPS_NEED_CARE after the answer, where there is anything to do and no further look follows */
async function watchCommand(context: Context, batches: readonly string[], options: WatchOptions): Promise<void> {
  const { postage } = context.config;
  const limits = { ...postage, warnDays: options.days ?? postage.warnDays, warnUsed: options.used ?? postage.warnUsed };
  const { signal } = context;
  if (options.every === undefined) {
    const watched = await look(context, batches, limits);
    print(context, watched);
    const idsOf = (status: Watched["status"]) =>
      watched.filter((one) => one.status === status).map(({ batch }) => shortenBatch(batch));
    const [failed, warned] = [idsOf("fail"), idsOf("warn")];
    if (failed.length + warned.length > 0) throw new CatnixError("STAMPS_NEED_CARE", { failed, warned });
    return;
  }
  for (;;) {
    try {
      print(context, await look(context, batches, limits));
    } catch (error) {
      signal.throwIfAborted();
      if (!isCatnixError(error)) throw error;
      // The next look may see it again: whoever watches wants to know of both.
      context.print({ time: new Date().toISOString(), error }, `fail  ${error.message} [${error.code}]`);
    }
    await setTimeout(options.every * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function look(context: Context, batches: readonly string[], limits: StampLimits): Promise<Watched[]> {
  const node = context.node();
  const stamps = await node.retry(() => listStamps(node, context.signal), context.signal);
  const known = new Map(stamps.map((stamp) => [stamp.batch, stamp]));
  const { postageBatch } = context.config.swarm;
  const all = new Set([...(postageBatch === NONE ? [] : [postageBatch]), ...known.keys()]);
  const wanted = batches.length > 0 ? batches : all;
  return [...wanted].map((batch) => judge(batch, known.get(batch), limits));
}

function judge(batch: string, stamp: Stamp | undefined, limits: StampLimits): Watched {
  if (stamp === undefined) {
    const message = `${shortenBatch(batch)} is not on the node: it has expired, or another node bought it`;
    return {
      batch,
      status: "fail",
      message,
      hints: ["Buy another one with `catnix stamps buy`, and run `catnix reupload`."],
    };
  }
  const troubles = judgeStamp(stamp, limits);
  const status = troubles.some(isGrave) ? "fail" : troubles.length > 0 ? "warn" : "ok";
  const message = troubles.length === 0 ? describeStamp(stamp) : `${describeStamp(stamp)}: ${troubles.join(", ")}`;
  return { batch, status, message, hints: troubles.map(adviceFor), stamp };
}

function print(context: Context, watched: readonly Watched[]): void {
  const { green, yellow, red, dim } = context.colors;
  const color = { ok: green, warn: yellow, fail: red };
  const lines = watched.map(
    ({ status, message, hints }) =>
      `${color[status](status.padEnd(4))}  ${message}${hints.map((hint) => ` ${dim("→")} ${hint}`).join("")}`,
  );
  context.print(
    {
      time: new Date().toISOString(),
      healthy: watched.every(({ status }) => status === "ok"),
      stamps: watched.map(({ stamp, ...rest }) => ({ ...rest, ...(stamp && stampToJson(stamp)) })),
    },
    lines.length === 0 ? "ok    the node has no postage batch, and none is configured" : lines.join("\n"),
  );
}
