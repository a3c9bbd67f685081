import { z } from "zod";

/** A part of the contract that a finding is about; what it belongs to stands around it. */
interface Element {
  readonly name: string;
  readonly type: string;
  readonly type_specific_fields?: { readonly parent?: Element | undefined } | undefined;
}

const element: z.ZodType<Element> = z.object({
  name: z.string(),
  type: z.string(),
  type_specific_fields: z.object({ parent: z.lazy(() => element).optional() }).optional(),
});
const report = z.object({
  success: z.literal(true),
  results: z.object({ detectors: z.array(z.object({ check: z.string(), elements: z.array(element) })).optional() }),
});

function pathOf({ name, type, type_specific_fields: fields }: Element): string {
  return fields?.parent === undefined || type === "contract" ? name : `${pathOf(fields.parent)}.${name}`;
}

/**
 * The findings in Slither's report, each as `detector in place`, ascending.
 *
 * @throws ZodError where it is no report, or one of a run that failed
 */
export function findingsOf(json: string): string[] {
  const { results } = report.parse(JSON.parse(json));
  const found = (results.detectors ?? []).map(({ check, elements }) => {
    const place = elements.find(({ type }) => type !== "node") ?? elements[0];
    return `${check} in ${place === undefined ? "?" : pathOf({ ...place, name: place.name })}`;
  });
  return [...new Set(found)].sort();
}

/** What docs/audit/slither.md answers: the first two columns of its table, as {@link findingsOf} has them. */
export function answeredFindings(page: string): string[] {
  return [...page.matchAll(/^\| `(?<check>[a-z0-9-]+)` +\| `(?<place>[^`]+)` +\|/gm)]
    .map(({ groups }) => `${groups!["check"]!} in ${groups!["place"]!}`)
    .sort();
}
