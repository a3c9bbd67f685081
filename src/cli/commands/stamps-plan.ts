import { type Command, Option } from "commander";
import { CatnixError } from "../../errors/catnix-error.js";
import { addExamples, withContext } from "../options.js";
import { parseBzzPrice, parseDepth, parseLength, parsePlur, parseSize } from "../parse-postage.js";
import { describePlan, findPrice, planPostage, planToJson, type PostageOptions } from "../plan-postage.js";

interface PlanCommandOptions extends PostageOptions {
  readonly bzzPrice?: bigint;
}

/** How large a batch is, and how long it lasts: for what is planned as for what is bought. */
export function addPostageOptions(command: Command): Command {
  return command
    .addOption(new Option("--size <bytes>", "what it has to hold, such as 50GB").argParser(parseSize))
    .addOption(new Option("--depth <n>", "17 to 41, instead of --size").argParser(parseDepth).conflicts("size"))
    .addOption(new Option("--years <n>", "how long it has to last; 1 where nothing is given").argParser(parseLength))
    .addOption(new Option("--days <n>", "the same in days").argParser(parseLength).conflicts("years"))
    .addOption(
      new Option("--amount <plur>", "PLUR a chunk, instead of a time")
        .argParser(parsePlur)
        .conflicts(["years", "days"]),
    );
}

/** @throws CatnixError USAGE */
export function requireSize({ size, depth }: PostageOptions): void {
  if (size === undefined && depth === undefined) throw new CatnixError("USAGE", { reason: "give --size or --depth" });
}

export function addStampsPlanCommand(stamps: Command): void {
  const plan = addPostageOptions(stamps.command("plan"))
    .description("say what a postage batch for so much content and time is, and what it costs; nothing is bought")
    .addOption(
      new Option("--price <plur>", "PLUR a chunk and block; else today's, as the node knows it").argParser(parsePlur),
    )
    .addOption(new Option("--bzz-price <xdai>", "what one xBZZ costs, for a sum in xDAI").argParser(parseBzzPrice))
    .action(async (options: PlanCommandOptions, command: Command) =>
      withContext(command, async (context) => {
        requireSize(options);
        const { price, source } = await findPrice(context, options.price);
        const planned = planPostage(options, price);
        context.print(
          { ...planToJson(planned, options.bzzPrice), priceFrom: source },
          describePlan(planned, source, options.bzzPrice).join("\n"),
        );
      }),
    );
  addExamples(
    plan,
    "stamps plan --size 50GB --years 2",
    "stamps plan --size 200GB --days 90 --bzz-price 0.12",
    "stamps plan --depth 24 --amount 151372800000 --json | jq -r .xbzz",
  );
}
