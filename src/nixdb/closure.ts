import { CatnixError } from "../errors/catnix-error.js";
import type { PathInfo } from "./path-info.js";

interface Visit {
  readonly info: PathInfo;
  next: number;
}

/**
 * The closure of `paths`: each path info once, after those of all its references. The order depends on the references
 * alone, not on the order of `paths`. A loop on the heap: chains of references can be long.
 * @param query the path info of a valid path; throws where there is none
 * @throws CatnixError NIX_DB_CORRUPT where references form a cycle; a path's reference to itself is none
 */
export function computeClosure(paths: Iterable<string>, query: (storePath: string) => PathInfo): PathInfo[] {
  const closure: PathInfo[] = [];
  const states = new Map<string, "open" | "done">();
  for (const root of [...new Set(paths)].sort()) {
    const visits: Visit[] = [];
    const enter = (storePath: string) => {
      states.set(storePath, "open");
      visits.push({ info: query(storePath), next: 0 });
    };
    if (!states.has(root)) enter(root);
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const { info } = visit;
      const reference = info.references[visit.next++];
      if (reference === undefined) {
        visits.pop();
        states.set(info.storePath, "done");
        closure.push(info);
      } else if (reference !== info.storePath) {
        const state = states.get(reference);
        if (state === "open") {
          throw new CatnixError("NIX_DB_CORRUPT", { path: reference, reason: "its references form a cycle" });
        }
        if (state === undefined) enter(reference);
      }
    }
  }
  return closure;
}
