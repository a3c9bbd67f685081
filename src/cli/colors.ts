import pc from "picocolors";

export type Colors = ReturnType<typeof pc.createColors>;

/** What to do without colours. */
export const NO_COLORS: Colors = pc.createColors(false);

/**
 * The colours for a stream: those of a terminal only, and none of one that is dumb. A non-empty NO_COLOR takes them away
 * everywhere (https://no-color.org), FORCE_COLOR brings them into pipes (https://force-color.org; `0` and `false` take them away).
 */
export function colorsFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Colors {
  const { NO_COLOR: none = "", FORCE_COLOR: force = "", TERM: terminal } = env;
  if (none !== "") return NO_COLORS;
  if (force !== "") return pc.createColors(force !== "0" && force !== "false");
  return pc.createColors(stream.isTTY === true && terminal !== "dumb");
}
