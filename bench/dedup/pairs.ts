import { compareVersions } from "../../scripts/lab/debian/version.js";
import { runCommand } from "../../scripts/lab/run-command.js";
import { fetchOnce } from "./packages.js";

/** Two successive releases of one package, as its registry has them. */
export interface Pair {
  readonly name: string;
  /** @returns the files of the older and the newer; undefined where the registry no longer has both */
  readonly fetch: () => Promise<readonly [string, string] | undefined>;
}

/** Debian: whatever two releases the machine's apt offers now. npm and PyPI keep all that they ever had. */
export const pairs: readonly Pair[] = [
  debian("git"),
  debian("libgs10"),
  debian("libpython3.11-stdlib"),
  debian("libwebkit2gtk-4.0-37"),
  debian("mariadb-server-core"),
  debian("python3.11-minimal"),
  npm("typescript", "6.0.2", "6.0.3"),
  npm("monaco-editor", "0.56.0", "0.57.0"),
  npm("@biomejs/cli-linux-x64", "2.6.7", "2.6.8"),
  npm("@esbuild/linux-x64", "0.28.1", "0.28.2"),
  npm("@swc/core-linux-x64-gnu", "1.16.21", "1.16.22"),
  wheel("cryptography", "50.0.1", "50.0.2"),
  wheel("numpy", "2.4.5", "2.4.6"),
  wheel("pandas", "3.1.0", "3.1.1"),
  wheel("scipy", "1.17.0", "1.17.1"),
];

function debian(name: string): Pair {
  const download = (version: string) =>
    fetchOnce(`${name}_${version.replace(":", "%3a")}_`, [
      ...(["apt-get", "-q=2", "-o", "APT::Sandbox::User=root", "download"] as const),
      `${name}=${version}`,
    ]);
  const fetch = async () => {
    const { stdout } = await runCommand("apt-cache", ["madison", name]);
    const lines = stdout.split("\n").filter((line) => line.includes(" Packages"));
    const versions = new Set(lines.flatMap((line) => line.split("|")[1]?.trim() ?? []));
    const [older, newer] = [...versions].sort(compareVersions).slice(-2);
    if (older === undefined || newer === undefined) return undefined;
    return [await download(older), await download(newer)] as const;
  };
  return { name: `Debian ${name}`, fetch };
}

function npm(name: string, older: string, newer: string): Pair {
  const prefix = name.replace("@", "").replace("/", "-");
  const download = (version: string) =>
    fetchOnce(`${prefix}-${version}.tgz`, ["npm", "pack", "--silent", `${name}@${version}`]);
  return { name: `npm ${name}`, fetch: async () => [await download(older), await download(newer)] };
}

function wheel(name: string, older: string, newer: string): Pair {
  const platforms = ["2_28", "2_27", "2_24"].flatMap((glibc) => ["--platform", `manylinux_${glibc}_x86_64`]);
  const download = (version: string) =>
    fetchOnce(`${name}-${version}-`, [
      ...(["python3", "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"] as const),
      ...[...platforms, "--python-version", "3.12", `${name}==${version}`],
    ]);
  return { name: `PyPI ${name}`, fetch: async () => [await download(older), await download(newer)] };
}
