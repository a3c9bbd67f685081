import { expect } from "chai";
import { locateStore } from "../../src/nixdb/store-root.js";

// As Nix 2.8 lays out `--store ROOT`, with whatever store folder.
describe("locateStore", () => {
  it("finds the system's store", () => {
    expect(locateStore({})).to.deep.equal({
      storeDir: "/nix/store",
      realStoreDir: "/nix/store",
      databaseFile: "/nix/var/nix/db/db.sqlite",
    });
    expect(locateStore({ storeDir: "/gnu/store", stateDir: "/gnu/var" })).to.deep.equal({
      storeDir: "/gnu/store",
      realStoreDir: "/gnu/store",
      databaseFile: "/gnu/var/db/db.sqlite",
    });
  });

  it("finds a store below a root", () => {
    expect(locateStore({ root: "/srv/a", storeDir: "/gnu/store", stateDir: "/gnu/var" })).to.deep.equal({
      storeDir: "/gnu/store",
      realStoreDir: "/srv/a/nix/store",
      databaseFile: "/srv/a/nix/var/nix/db/db.sqlite",
    });
  });
});
