import type { Command } from "commander";
import { addExamples } from "../options.js";
import { addStampsListCommand } from "./stamps-list.js";
import { addStampsPayCommands } from "./stamps-pay.js";
import { addStampsPlanCommand } from "./stamps-plan.js";
import { addStampsWatchCommand } from "./stamps-watch.js";

export function addStampsCommand(program: Command): void {
  const stamps = program
    .command("stamps")
    .description("postage, which pays for content on Swarm: plan, list, buy, topup, dilute, watch");
  addStampsPlanCommand(stamps);
  addStampsListCommand(stamps);
  addStampsPayCommands(stamps);
  addStampsWatchCommand(stamps);
  addExamples(stamps, "stamps plan --size 50GB --years 2", "stamps buy --size 50GB --years 2", "stamps list");
}
