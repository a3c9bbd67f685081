import { type Link, type LightAnswer, listLinks } from "../resolver/light-links.js";
import type { Colors } from "./colors.js";

const SIGNS: Record<Link["state"], string> = { trusted: "✔", proved: "✔", told: "?", missing: "–" };

/** The links from the trusted block to the NAR, one a line: a tick for what is proved, and for nothing else. */
export function describeLight(answer: LightAnswer, colors: Colors): string {
  const paint: Record<Link["state"], (text: string) => string> = {
    trusted: colors.green,
    proved: colors.green,
    told: colors.yellow,
    missing: colors.yellow,
  };
  return listLinks(answer)
    .map(({ link, state, text }) => `${paint[state](SIGNS[state])} ${link.padEnd(10)} ${text}`)
    .join("\n");
}
