import { CatnixError } from "../errors/catnix-error.js";

/** The longest narinfo that is read, in bytes: 1 MiB (spec: Record). */
const maxNarInfoBytes = 1024 * 1024;

/** One `Key: value` line. */
export interface NarInfoLine {
  readonly key: string;
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Splits a narinfo into its lines, strictly. Nix takes a value to start two characters after its key and to reach to
 * the next newline (libstore/nar-info.cc), so that a bare `References:` swallows the line after it and a page of HTML
 * can pass for one long key; all of that is refused here.
 * @param text the narinfo, or its bytes as UTF-8; at most {@link maxNarInfoBytes}
 * @throws CatnixError NARINFO_INVALID
 */
export function parseNarInfoLines(text: string | Uint8Array): NarInfoLine[] {
  const decoded = typeof text === "string" ? text : decodeUtf8(text);
  if (decoded.length > maxNarInfoBytes || Buffer.byteLength(decoded) > maxNarInfoBytes) {
    throw invalidNarInfo(0, `longer than ${maxNarInfoBytes} bytes`);
  }
  const lines = decoded.split("\n");
  if (lines.pop() !== "") throw invalidNarInfo(lines.length + 1, "the last line does not end in a newline");
  return lines.map((text, index) => parseLine(text, index + 1));
}

/** The error for a fault in one line; line 0 is the narinfo as a whole. */
export function invalidNarInfo(line: number, reason: string, cause?: unknown): CatnixError {
  return new CatnixError("NARINFO_INVALID", { line, reason }, { cause });
}

function parseLine(text: string, line: number): NarInfoLine {
  // No character below space: neither CR, which Nix would take into the value, nor NUL.
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) < 0x20) throw invalidNarInfo(line, "a control character");
  }
  const colon = text.indexOf(":");
  if (colon < 0) throw invalidNarInfo(line, "no colon");
  const key = text.slice(0, colon);
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(key)) throw invalidNarInfo(line, "the key is not a word");
  if (text[colon + 1] !== " ") throw invalidNarInfo(line, `no space after "${key}:"`);
  return { key, value: text.slice(colon + 2), line };
}

function decodeUtf8(bytes: Uint8Array): string {
  if (bytes.length > maxNarInfoBytes) throw invalidNarInfo(0, `longer than ${maxNarInfoBytes} bytes`);
  try {
    // A byte order mark stays, and is then refused as part of the first key.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw invalidNarInfo(0, "not UTF-8", cause);
  }
}
