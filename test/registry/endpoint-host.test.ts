import { expect } from "chai";
import { hostOf } from "../../src/registry/endpoint-host.js";

describe("the host of an RPC endpoint", () => {
  const same = [
    ["https://rpc.example/v3/one", "https://rpc.example/v3/two?key=3"],
    ["https://rpc.example", "http://user:secret@RPC.example.:8545/"],
    ["http://192.0.2.1:8545", "http://192.0.2.1:8546"],
    ["http://[2001:db8::1]", "http://[2001:db8:0::1]:8545/…"],
    ["http://localhost:8545", "http://127.0.0.1:8545/x"],
    ["http://127.0.0.1:8545", "http://[::1]:8545"],
    ["http://node.localhost:8545", "http://localhost.:8545"],
  ] as const;
  for (const [one, two] of same)
    it(`is one for ${one} and ${two}`, () => {
      expect(hostOf(one)).to.equal(hostOf(two));
    });

  const different = [
    ["https://one.example", "https://two.example"],
    ["http://127.0.0.1:8545", "http://127.0.0.1:8546"],
    ["http://localhost", "https://localhost"],
    ["http://127.0.0.1.example:8545", "http://127.0.0.1:8545"],
    ["http://192.0.2.1", "http://192.0.2.2"],
  ] as const;
  for (const [one, two] of different)
    it(`is not one for ${one} and ${two}`, () => {
      expect(hostOf(one)).not.to.equal(hostOf(two));
    });
});
