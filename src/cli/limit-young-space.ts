import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Bytes: both halves of the young space. */
const YOUNG_SPACE = 16 << 20;

/**
 * Keeps V8's young space from growing beyond 16 MB. Left alone it grows to 128 MB in whatever has much under way at a time,
 * most of it garbage: a third of what a large batch takes. `--max-semi-space-size` would say so, but only before a program
 * starts; the factor by which the space grows is looked at each time. Where a V8 has no such factor, nothing changes.
 */
export function limitYoungSpace(): void {
  let grows = true;
  const observer = new PerformanceObserver(() => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    const mayGrow = young === undefined || young.space_size < YOUNG_SPACE;
    // It also shrinks, where a service has nothing to do: after that it may grow again.
    if (mayGrow !== grows) setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`);
    grows = mayGrow;
  });
  observer.observe({ entryTypes: ["gc"] });
}
