const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  arm64: "aarch64",
  ia32: "i686",
  loong64: "loongarch64",
  ppc64: "powerpc64le",
  riscv64: "riscv64",
  x64: "x86_64",
};

/** This machine as Nix names it, such as `x86_64-linux` (`builtins.currentSystem`). */
export function nativeSystem(): string {
  return `${ARCHITECTURES[process.arch] ?? process.arch}-${process.platform}`;
}
