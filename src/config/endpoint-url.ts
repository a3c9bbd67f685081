/**
 * An endpoint as errors, logs, a relay's `/ready` and `catnix config` may show it: providers put their customers' keys into
 * the path, the query or the user of the URL.
 * @returns the origin, followed by `/…` where there was more
 * @throws TypeError where `url` is none
 */
export function withoutSecrets(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return pathname === "/" && search === "" ? origin : `${origin}/…`;
}

/** Whether the URL has a part that {@link withoutSecrets} leaves out. */
export function hasSecrets(url: string): boolean {
  const { username, password, pathname, search } = new URL(url);
  return username !== "" || password !== "" || pathname !== "/" || search !== "";
}

/**
 * A URL as `fetch` takes it, which refuses credentials within one, and the header that carries them instead (RFC 7617).
 * @throws TypeError where `url` is none
 */
export function splitCredentials(url: string): { bare: URL; authorization: Record<string, string> } {
  const bare = new URL(url);
  const { username, password } = bare;
  if (username === "" && password === "") return { bare, authorization: {} };
  bare.username = bare.password = "";
  const credentials = Buffer.from(`${decode(username)}:${decode(password)}`);
  return { bare, authorization: { authorization: `Basic ${credentials.toString("base64")}` } };
}

/** Shorter parts of a URL, such as `v3`, are no secrets, and words that messages have. */
const SHORTEST_SECRET = 4;

/**
 * What an endpoint says, without the parts of its own URL that may be secret: some repeat what they were asked.
 * @throws TypeError where `url` is none
 */
export function strikeSecrets(text: string, url: string): string {
  const { username, password, pathname, search, searchParams } = new URL(url);
  const { authorization = "" } = splitCredentials(url).authorization;
  const parts = [username, password, ...pathname.split("/"), ...searchParams.values()];
  const secrets = [pathname + search, authorization.replace(/^Basic /, ""), ...parts, ...parts.map(decode)];
  return secrets
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length)
    .reduce((struck, secret) => struck.replaceAll(secret, "…"), text);
}

/** A per cent sign that encodes nothing stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
