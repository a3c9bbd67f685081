import { format } from "prettier";
import { z } from "zod";
import { batchFileSchema } from "../../src/consortium/batch-file.js";

/** The JSON schemas of the file formats, by their file's name in docs/schema. */
const schemas: Record<string, z.ZodType> = {
  "batch-1.json": batchFileSchema,
};

/** The text of each file of docs/schema. */
export async function formatSchemas(): Promise<Map<string, string>> {
  const texts = Object.entries(schemas).map(async ([name, schema]): Promise<[string, string]> => {
    const json = JSON.stringify(z.toJSONSchema(schema));
    return [name, await format(json, { parser: "json", printWidth: 120 })];
  });
  return new Map(await Promise.all(texts));
}
