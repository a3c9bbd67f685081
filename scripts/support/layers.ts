import { fileURLToPath } from "node:url";
import { z } from "zod";
import { runCommand } from "../lab/run-command.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What dependency-cruiser prints, as far as it counts here. */
const report = z.object({
  modules: z.array(z.object({ source: z.string(), dependencies: z.array(z.object({ resolved: z.string() })) })),
  summary: z.object({
    ruleSetUsed: z.object({
      forbidden: z.array(z.object({ name: z.string(), to: z.object({ path: z.string().optional() }) })),
    }),
  }),
});

/** The folders of `src`: which layer each is in, and what it imports. */
export interface Layers {
  /** Lowest first. */
  readonly layers: readonly (readonly string[])[];
  /** By folder: the folders that it imports from, itself left out. */
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Reads the layers from the rules in `.dependency-cruiser.cjs`, and the imports from the code. */
export async function readLayers(): Promise<Layers> {
  const words = ["src", "--output-type", "json", "--collapse", "^src/[^/]+"];
  const depcruise = fileURLToPath(new URL("../../node_modules/.bin/depcruise", import.meta.url));
  const { stdout } = await runCommand(process.execPath, [depcruise, ...words], { cwd: root, check: true });
  const { modules, summary } = report.parse(JSON.parse(stdout));
  const folderOf = (path: string) => /^src\/([^/]+)$/.exec(path)?.[1];
  const imports = new Map(
    modules.flatMap(({ source, dependencies }): [string, Set<string>][] => {
      const folder = folderOf(source);
      if (folder === undefined) return [];
      const others = dependencies.flatMap(({ resolved }) => folderOf(resolved) ?? []);
      return [[folder, new Set(others.filter((other) => other !== folder))]];
    }),
  );
  const forbidden = new Map(
    summary.ruleSetUsed.forbidden.flatMap(({ name, to }): [string, string[]][] => {
      const folder = /^layer-(.+)$/.exec(name)?.[1];
      return folder === undefined ? [] : [[folder, [...to.path!.matchAll(/\^src\/([^/]+)\//g)].map(([, it]) => it!)]];
    }),
  );
  return { layers: groupByLayer(forbidden), imports };
}

/** Two folders that may not import one another are in one layer; the lower a layer, the more is above it. */
function groupByLayer(forbidden: ReadonlyMap<string, readonly string[]>): string[][] {
  const isBeside = (a: string, b: string) =>
    a === b || (forbidden.get(a)!.includes(b) && forbidden.get(b)!.includes(a));
  const layers: string[][] = [];
  for (const folder of forbidden.keys()) {
    const layer = layers.find(([first]) => isBeside(first!, folder));
    if (layer) layer.push(folder);
    else layers.push([folder]);
  }
  const countAbove = (layer: string[]) => forbidden.get(layer[0]!)!.length - layer.length;
  return layers.sort((a, b) => countAbove(b) - countAbove(a));
}

/** Without the imports that follow from others: enough for a picture. */
export function reduceImports(imports: Layers["imports"]): [from: string, to: string][] {
  const reaches = (from: string, to: string): boolean =>
    [...(imports.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  return [...imports].flatMap(([from, others]) =>
    [...others]
      .filter((to) => ![...others].some((other) => other !== to && reaches(other, to)))
      .map((to): [string, string] => [from, to]),
  );
}
