import { compileGlobs } from "../../files/glob.js";
import { SECRET_RULES, SECRET_RULES_VERSION } from "./secret-rules.js";

/** The rule that a pattern of the configuration is. */
export const DENY_FILES = "publish.deny.files";

/** How much of a file's beginning is looked at, in bytes. */
export const BEGINNING_SIZE = 64 * 1024;
/** Files larger than this are judged by their names alone: 1 MiB. */
export const MAX_SNIFFED_SIZE = 1024 * 1024;

/** Which rules a file breaks: all of them, since an exception may be made from one. No exception is made here. */
export interface FileRules {
  /** Texts that are equal where the rules are, so that what they found may be remembered. */
  readonly id: string;
  /**
   * @param subject `<name of the store path>/<path in it>`, or only the name where the store path is a file
   * @param size of the file in bytes
   */
  readonly judgeName: (subject: string, size: number) => string[];
  /** @param beginning up to {@link BEGINNING_SIZE} bytes */
  readonly judgeContent: (beginning: Buffer) => string[];
}

/**
 * The built-in rules and the patterns of `publish.deny.files`.
 * @throws SyntaxError or TypeError for what is no pattern
 */
export function makeFileRules(denied: readonly string[]): FileRules {
  const isDenied = compileGlobs(denied);
  const named = SECRET_RULES.flatMap(({ name, files }) => (files ? [{ name, isHit: compileGlobs(files) }] : []));
  const contents = SECRET_RULES.flatMap(({ name, content }) => (content ? [{ name, ...content }] : []));
  return {
    id: JSON.stringify([SECRET_RULES_VERSION, denied]),
    judgeName: (subject, size) => [
      ...(isDenied(subject) ? [DENY_FILES] : []),
      ...(size > 0 ? named.filter(({ isHit }) => isHit(subject)).map(({ name }) => name) : []),
    ],
    judgeContent: (beginning) => {
      const possible = contents.filter(
        ({ has, within = BEGINNING_SIZE }) => beginning.length <= within && beginning.includes(has, 0, "latin1"),
      );
      if (possible.length === 0) return [];
      const text = beginning.toString("latin1");
      return possible.filter(({ test }) => test(text)).map(({ name }) => name);
    },
  };
}
