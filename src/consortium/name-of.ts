/** The name in a store path that was checked: `jq-1.7.1` of `/nix/store/…-jq-1.7.1`. */
export function nameOf(storePath: string): string {
  const baseName = storePath.slice(storePath.lastIndexOf("/") + 1);
  return baseName.slice(baseName.indexOf("-") + 1);
}
