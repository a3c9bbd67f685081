import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);

// The compiler comes from npm: nothing is downloaded, and both profiles need the path or one of them would try.
// The bytecode is for `cancun`, so that rollups accept it; the simulated chain runs `osaka`, so that its limits hold.
const compiler = {
  version: "0.8.37",
  path: require.resolve("solc/soljson.js"),
  settings: { optimizer: { enabled: true, runs: 10_000 }, viaIR: true, evmVersion: "cancun" },
};

export default defineConfig({
  plugins: [toolbox],
  solidity: { profiles: { default: compiler, production: compiler } },
  networks: {
    default: { type: "edr-simulated", hardfork: "osaka" },
    // For `hardhat node --hostname 127.0.0.1`; the plugin's own entry says "localhost", which may mean ::1.
    localhost: { type: "http", url: `http://127.0.0.1:${process.env["HARDHAT_NODE_PORT"] ?? "8545"}` },
  },
  paths: { tests: { mocha: "test/contracts" } },
  typechain: { outDir: "src/registry/contract-types" },
});
