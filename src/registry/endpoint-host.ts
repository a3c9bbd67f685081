/**
 * Who answers at an RPC endpoint, as far as its URL tells: its host, whatever user, key or path it is asked with, and over whatever
 * port. On this machine each port is a server of its own, such as a node, a light client or a tunnel.
 * @param url with or without its secrets
 * @throws TypeError where it is none
 */
export function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const name = hostname.replace(/\.$/, "");
  if (!/^(localhost|.+\.localhost|127(\.[0-9]+){3}|\[::1\])$/.test(name)) return name;
  return `this machine:${port || protocol}`;
}
