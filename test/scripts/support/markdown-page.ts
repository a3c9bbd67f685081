import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** One page of the project, as somebody reads it. */
export interface MarkdownPage {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
  /** What headings are named in links, as GitHub makes it. */
  readonly anchors: ReadonlySet<string>;
  /** Targets of its links, without those to other sites. */
  readonly links: readonly string[];
  /** Each line that begins with `$ ` in a block of commands, without that, and joined with those that a backslash adds. */
  readonly commands: readonly string[];
}

/** Every Markdown page of the project, by its path. */
export function readPages(): Map<string, MarkdownPage> {
  const paths = globSync("{*,{docs,bench,test}/**/*}.md", { cwd: root }).sort();
  return new Map(paths.map((path) => [path, parsePage(path, readFileSync(`${root}/${path}`, "utf8"))]));
}

export function parsePage(path: string, text: string): MarkdownPage {
  const prose = text.replace(/^( *)```.*\n[\s\S]*?^\1```$/gm, "");
  const links = [...prose.replace(/`[^`\n]*`/g, "").matchAll(/\]\(<?([^()\s>]+)>?\)/g)].map(([, target]) => target!);
  return {
    ...{ path, text },
    anchors: anchorsOf(prose),
    links: links.filter((target) => !/^[a-z]+:/.test(target)),
    commands: [...text.replace(/\\\n */g, "").matchAll(/^ *\$ (.+)$/gm)].map(([, line]) => line!),
  };
}

function anchorsOf(prose: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of prose.matchAll(/^#{1,6} (.+)$/gm)) {
    const words = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}
