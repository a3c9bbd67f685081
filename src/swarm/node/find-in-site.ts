import { posix } from "node:path";
import type { FoundEntry, ManifestReader } from "../../mantaray/manifest-reader.js";
import { METADATA, ROOT_PATH } from "../../mantaray/site-metadata.js";

/** What a path of a site comes to: a file, a folder whose URL lacks its slash, or nothing. */
export type SitePath = FoundEntry | "folder" | undefined;

/**
 * Looks up a path as a Bee does (pkg/api/bzz.go, `serveReference`): the path itself, then the folder of this name, the index
 * document below it, and at last the site's error document, with which a Bee answers 200 too.
 * @throws CatnixError of {@link ManifestReader.find}
 */
export async function findInSite(manifest: ManifestReader, path: string): Promise<SitePath> {
  const documents = (await manifest.find(ROOT_PATH))?.metadata ?? {};
  const [index, error] = [documents[METADATA.indexDocument], documents[METADATA.errorDocument]];
  if (path === "") return index === undefined ? undefined : manifest.find(posix.join(path, index));
  const found = await manifest.find(path);
  if (found !== undefined) return found;
  if (!path.startsWith("/") && (await manifest.hasPrefix(`${path}/`))) return "folder";
  if (index !== undefined && !path.endsWith(index)) {
    const below = await manifest.find(posix.join(path, index));
    if (below !== undefined) return below;
  }
  return error === undefined || path === error ? undefined : manifest.find(error);
}
